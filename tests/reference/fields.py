"""A resolver for each field of the schema, made from the source that is declared for it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo

from app.domain.ids import global_id
from app.graphql.endpoint import ApiSchema, build_schema
from app.reads.convert import converter
from app.reads.sources import (
    Column,
    Computed,
    Derived,
    Either,
    Many,
    One,
    Page,
    Source,
    Wanted,
)
from app.settings import Settings
from resolvers import root
from schema.scalars import SCALARS
from schema.type_catalogue import build_catalogue
from tests.reference.field_reads import ReferenceReader
from tests.reference.paging import Object

Resolver = Callable[..., Any]


def reference_schema(planned: ApiSchema, settings: Settings) -> ApiSchema:
    """The product's schema with the stock executor, whose every field is resolved by itself.

    It takes the documents that the product's own has validated: the types and rules are the same.
    """
    schema = build_schema(
        root.Query, root.Mutation, root.Subscription, (), settings=settings, scalars=SCALARS
    )
    schema.documents = planned.documents
    catalogue = build_catalogue(schema)
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = lambda object, info, type_: object.type.name
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        source = catalogue.get(type_.name)
        if source:
            type_.is_type_of = None
        for name, field in type_.fields.items():
            declared = source.fields[name] if source else None
            field.resolve = _of_source(name, declared) if declared else _of_data(name, field)
    return schema


def _of_data(name: str, field: GraphQLField) -> Resolver:
    """The product's own resolver; plain data that a row gave is taken as it is.

    The product's resolver is not told what is selected below: that is the executor's business.
    """
    own = field.resolve
    assert own is not None

    def resolve(parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if isinstance(parent, Mapping):
            return parent[name]
        nodes = [_without_selection(node) for node in info.field_nodes]
        return own(parent, info._replace(field_nodes=nodes), **arguments)

    return resolve


def _without_selection(node: Any) -> Any:
    return type(node)(name=node.name, alias=node.alias, arguments=node.arguments)


def _of_source(name: str, source: Source) -> Resolver:
    async def resolve(
        object: Object | Mapping[str, Any], info: GraphQLResolveInfo, **arguments: Any
    ) -> Any:
        if isinstance(object, Mapping):
            # Plain data of a field above it.
            return object[name]
        reader: ReferenceReader = info.context.reads
        only = getattr(source, "only", None)
        if only is not None and reader.audience not in only:
            return [] if isinstance(source, Many) and not source.first else None
        return await _READ[type(source)](source, name, object, reader, _plain(arguments))

    return resolve


async def _column(
    source: Column, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    [raw] = await reader.values(object, source.sql)
    if raw is None:
        return None
    if source.kind == "id":
        return global_id(object.type.name, UUID(str(raw)))
    if source.kind == "time":
        return datetime.fromisoformat(raw) if isinstance(raw, str) else raw
    if source.kind == "json":
        return orjson.loads(raw) if isinstance(raw, (str, bytes)) else raw
    if source.kind == "bool":
        return bool(raw)
    convert = converter(source.kind, object.type.name)
    return convert(raw) if convert else raw


async def _derived(
    source: Derived, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    given = [await _column(column, name, object, reader, {}) for column in source.columns]
    return source.make(*given)


async def _one(
    source: One, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    [link] = await reader.values(object, source.link)
    if link is None:
        return None
    found = await reader.related(reader.source(source.type_name), source.target, link)
    return found[0] if found else None


async def _either(
    source: Either, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    kind, link = await reader.values(object, source.kind, source.link)
    if link is None or kind not in source.types:
        return None
    found = await reader.related(reader.source(source.types[kind]), "t.id", link)
    return found[0] if found else None


async def _many(
    source: Many, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    reader.require(source.permission, name)
    type_ = reader.source(source.type_name)
    conditions, values = reader.conditions(source.filters, arguments)
    if source.where:
        conditions.append(source.where)
    [link] = await reader.values(object, source.link)
    found = await reader.related(
        type_, source.key, link, source.join, conditions, values, source.order
    )
    if source.first:
        return found[0] if found else None
    return found


async def _page(
    source: Page, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    [link] = await reader.values(object, source.link)
    return await reader.connection(source, link, arguments)


async def _computed(
    source: Computed, name: str, object: Object, reader: ReferenceReader, arguments: Any
) -> Any:
    reader.require(source.permission, name)
    [link] = await reader.values(object, source.link)
    wanted = Wanted(arguments, reader.now, reader.sign, reader.actor)
    found = await source.load(reader.fetching(link), wanted)
    return found.get(str(link), source.missing)


_READ: Mapping[type, Callable[..., Awaitable[Any]]] = {
    Column: _column,
    Derived: _derived,
    One: _one,
    Either: _either,
    Many: _many,
    Page: _page,
    Computed: _computed,
}


def _plain(value: Any) -> Any:
    """Arguments as sources name them: Python names, and enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {re.sub("([A-Z])", r"_\1", k).lower(): _plain(v) for k, v in value.items()}
    return value
