"""The schema explains itself: every element of it has a description."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    specified_scalar_types,
)

from app.domain.errors import ErrorCode
from tests.contract.documents import core


def elements(schema) -> Iterator[tuple[str, Any]]:
    """Every type, field, argument, input field and enum value, by its name in the schema."""
    for name, type_ in core(schema).type_map.items():
        if name.startswith("__") or name in specified_scalar_types:
            continue
        yield name, type_
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument
        elif isinstance(type_, GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field
        elif isinstance(type_, GraphQLEnumType):
            for value_name, value in type_.values.items():
                yield f"{name}.{value_name}", value


def test_every_element_is_described(schema):
    silent = [name for name, element in elements(schema) if not (element.description or "").strip()]
    assert silent == []


def test_descriptions_are_sentences(schema):
    found = dict(elements(schema))
    unended = [
        name
        for name, element in found.items()
        if not element.description.strip().endswith((".", ")", "`", ":"))
    ]
    assert unended == []
    assert len(found) > 500


def test_enums_of_the_domain_have_all_their_values(schema):
    exposed = {}
    for type_ in core(schema).type_map.values():
        definition = (getattr(type_, "extensions", None) or {}).get("strawberry-definition")
        python = getattr(definition, "wrapped_cls", None)
        if isinstance(type_, GraphQLEnumType) and python and issubclass(python, Enum):
            exposed[type_.name] = python
            assert set(type_.values) == {member.name for member in python}, type_.name
    of_the_domain = {name for name, e in exposed.items() if e.__module__.startswith("app.domain")}
    assert {
        "PlanCode",
        "PartnerType",
        "ClientStatus",
        "EventType",
        "TierDirection",
    } <= of_the_domain
    assert exposed["ErrorCode"] is ErrorCode
