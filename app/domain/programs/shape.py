"""Objects with fixed keys: the filters of a metric, the value of a benefit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.programs.location import Place, Reader, members
from app.domain.programs.model import Json, JsonObject
from app.domain.programs.reader_schemas import Schema, object_schema, schema_of


@dataclass(frozen=True, slots=True)
class Shape:
    """The required and optional keys of an object, each with the reader of its value."""

    required: Mapping[str, Reader[Json]] = field(default_factory=dict)
    optional: Mapping[str, Reader[Json]] = field(default_factory=dict)


def shape_schema(shape: Shape) -> Schema:
    """Return what `read_shape` accepts, as JSON Schema."""
    return object_schema(
        {key: schema_of(reader) for key, reader in shape.required.items()},
        {key: schema_of(reader) for key, reader in shape.optional.items()},
    )


def read_shape(place: Place, shape: Shape) -> JsonObject:
    """Return the object as canonical JSON, without invalid keys, which are noted."""
    readers = {**shape.required, **shape.optional}
    keys = members(place, shape.required, shape.optional)
    values = {key: readers[key](keys[key]) for key in readers if key in keys}
    return {key: value for key, value in values.items() if value is not None}
