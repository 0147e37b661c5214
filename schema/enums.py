"""Domain enums as GraphQL enums: every value gets its description here."""

from enum import Enum

import strawberry


def described(enum: type[Enum], description: str, **values: str) -> None:
    """Make a domain enum a GraphQL enum. Raises TypeError unless every value is described."""
    # A type that was declared before may have made it an enum already.
    if not hasattr(enum, "__strawberry_definition__"):
        strawberry.enum(enum)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    definition.description = description
    if set(values) != {value.name for value in definition.values}:
        raise TypeError(f"Describe exactly the values of {enum.__name__}")
    for value in definition.values:
        value.description = values[value.name]
