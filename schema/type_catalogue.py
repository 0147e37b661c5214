"""Collects the sources of all types of a schema for the planned reads."""

from typing import Any

import strawberry
from graphql import GraphQLObjectType, get_named_type, is_list_type, is_non_null_type
from tortoise import fields as orm

from app.persistence.models.base import Record
from app.reads.sources import Catalogue, Column, Derived, Kind, Source, TypeSource
from schema.fields import JOIN, MODEL, PERMISSION, SOURCE

_KINDS: list[tuple[type[Any], Kind]] = [
    (orm.UUIDField, "uuid"),
    (orm.DatetimeField, "time"),
    (orm.JSONField, "json"),
    (orm.BooleanField, "bool"),
    (orm.DecimalField, "decimal"),
    (orm.BigIntField, "int"),
    (orm.IntField, "int"),
]


def build_catalogue(schema: strawberry.Schema) -> Catalogue:
    """Every object type that is read from a model, with the source of each of its fields.

    Raises TypeError for a field of such a type that has neither a source nor a resolver.
    """
    catalogue: dict[str, TypeSource] = {}
    for graphql_type in schema._schema.type_map.values():
        if not isinstance(graphql_type, GraphQLObjectType):
            continue
        definition = graphql_type.extensions.get("strawberry-definition")
        model = getattr(getattr(definition, "origin", None), MODEL, None)
        if definition is None or model is None:
            continue
        sources: dict[str, Source] = {}
        for name, field in graphql_type.fields.items():
            declared = field.extensions["strawberry-definition"]
            if SOURCE not in declared.metadata:
                raise TypeError(f"{graphql_type.name}.{name} says nowhere where it comes from")
            sources[name] = _source(declared, field.type, model)
        catalogue[graphql_type.name] = TypeSource(
            graphql_type.name,
            model,
            sources,
            getattr(definition.origin, JOIN),
            getattr(definition.origin, PERMISSION),
        )
    return catalogue


def _source(declared: Any, graphql_type: Any, model: type[Record]) -> Source:
    raw = declared.metadata[SOURCE]
    if isinstance(raw, tuple):
        sql, kind, only = raw
        name = declared.python_name
        return Column(sql or f"t.{name}", kind or _kind(model, name), only)
    if not callable(raw) or isinstance(raw, Derived):
        return raw
    required = is_non_null_type(graphql_type)
    inner = graphql_type.of_type if required else graphql_type
    target = get_named_type(graphql_type).name.removesuffix("Connection")
    if is_list_type(inner):
        return raw(target, required, is_list=True)
    return raw(target, required)


def _kind(model: type[Record], name: str) -> Kind:
    field = model._meta.fields_map[name]
    for field_type, kind in _KINDS:
        if isinstance(field, field_type):
            return kind
    return "text"
