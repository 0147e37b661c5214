"""Objects whose keys are known beforehand: the filters of a metric, the value of a benefit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.programs.location import Place, Reader, members
from app.domain.programs.model import Json, JsonObject
from app.domain.programs.reader_schemas import Schema, object_schema, schema_of


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys an object must and may have, each with the reader of its value."""

    required: Mapping[str, Reader[Json]] = field(default_factory=dict)
    optional: Mapping[str, Reader[Json]] = field(default_factory=dict)


def shape_schema(shape: Shape) -> Schema:
    """What `read_shape` accepts, as JSON Schema."""
    return object_schema(
        {key: schema_of(reader) for key, reader in shape.required.items()},
        {key: schema_of(reader) for key, reader in shape.optional.items()},
    )


def read_shape(place: Place, shape: Shape) -> JsonObject:
    """The object in canonical JSON, without the keys that were wrong: those are noted."""
    readers = {**shape.required, **shape.optional}
    keys = members(place, shape.required, shape.optional)
    values = {key: readers[key](keys[key]) for key in readers if key in keys}
    return {key: value for key, value in values.items() if value is not None}
