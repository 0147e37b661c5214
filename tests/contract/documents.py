"""Documents made from the schema itself, so that no field is left out of a contract test."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry import Schema

SAMPLES = {
    "Int": "1",
    "Float": "1.0",
    "Boolean": "true",
    "DateTime": '"2026-01-01T00:00:00Z"',
    "Date": '"2026-01-01"',
    "Decimal": '"1"',
    "CurrencyCode": '"USD"',
    "CountryCode": '"DE"',
    "EmailAddress": '"ada@example.com"',
    "URL": '"https://example.com"',
    "JSONObject": "{}",
}


def core(schema: Schema) -> GraphQLSchema:
    return schema._schema


def object_types(schema: Schema) -> list[GraphQLObjectType]:
    """All object types but those of introspection."""
    return [
        type_
        for type_ in core(schema).type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
    ]


def node_types(schema: Schema) -> list[GraphQLObjectType]:
    return list(core(schema).get_implementations(core(schema).type_map["Node"]).objects)


def roots(schema: Schema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every root field: the kind of operation, its name, the field."""
    found = core(schema)
    for kind, type_ in [
        ("query", found.query_type),
        ("mutation", found.mutation_type),
        ("subscription", found.subscription_type),
    ]:
        for name, field in type_.fields.items():
            yield kind, name, field


def is_connection(type_: Any) -> bool:
    return get_named_type(type_).name.endswith("Connection")


def is_list_of_objects(type_: Any) -> bool:
    inner = type_.of_type if is_non_null_type(type_) else type_
    return is_list_type(inner) and not is_leaf_type(get_named_type(type_))


def literal(type_: Any) -> str:
    """The least value of an input type, as GraphQL text."""
    if is_non_null_type(type_):
        return literal(type_.of_type)
    if is_list_type(type_):
        return f"[{literal(type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        wanted = {k: v for k, v in type_.fields.items() if is_required_input_field(v)}
        if type_.extensions["strawberry-definition"].is_one_of:
            wanted = dict([next(iter(type_.fields.items()))])
        inside = ", ".join(f"{name}: {literal(field.type)}" for name, field in wanted.items())
        return f"{{{inside}}}"
    return SAMPLES.get(type_.name, '"x"')


def arguments(field: GraphQLField, **more: str) -> str:
    """The field's required arguments as GraphQL text, and more if it takes them."""
    given = {k: literal(v.type) for k, v in field.args.items() if is_required_argument(v)}
    given |= {k: v for k, v in more.items() if k in field.args}
    return f"({', '.join(f'{k}: {v}' for k, v in given.items())})" if given else ""


def ids(type_: Any, inside: str = "id") -> str:
    """The selection of a field that gives the ids of the objects behind it."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if is_connection(named):
        return f"{{ nodes {{ {inside} }} }}"
    if isinstance(named, GraphQLInterfaceType) or "id" in named.fields:
        return f"{{ {inside} }}"
    return f"{{ {everything_plain(named)} }}"


def everything_plain(type_: GraphQLObjectType) -> str:
    """All leaf fields of a type without an id."""
    leaves = [n for n, f in type_.fields.items() if is_leaf_type(get_named_type(f.type))]
    return " ".join(["__typename", *leaves])


def field_selections(type_: GraphQLObjectType, **page: str) -> list[str]:
    """Each field of a type, with the ids of the objects that it leads to."""
    return [f"{name}{arguments(f, **page)} {ids(f.type)}" for name, f in type_.fields.items()]


def one_hop(type_: GraphQLObjectType, **page: str) -> str:
    """All fields of a type; of the objects that they lead to, the ids."""
    return " ".join(field_selections(type_, **page))


def minimal(kind: str, name: str, field: GraphQLField) -> str:
    """The least document that asks for a root field."""
    named = get_named_type(field.type)
    selection = "" if is_leaf_type(named) else "{ __typename }"
    return f"{kind} {{ {name}{arguments(field)} {selection} }}"
