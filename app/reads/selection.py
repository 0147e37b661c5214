"""What is asked, without GraphQL: fields by response key, with their arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field: `key` in the response, `name` in the type, arguments by Python name."""

    key: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selection: "Selection | None" = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields selected on one object type, fragments merged, in response order."""

    type_name: str
    fields: tuple[Field, ...]


def plain(selection: Selection | None, value: Any) -> Any:
    """Shape plain data (dicts by field name, lists, scalars) as it was asked."""
    if value is None or selection is None:
        return value
    if isinstance(value, (list, tuple)):
        return [plain(selection, item) for item in value]
    return {
        f.key: selection.type_name if f.name == TYPENAME else plain(f.selection, value.get(f.name))
        for f in selection.fields
    }
