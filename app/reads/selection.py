"""What is asked, without GraphQL: fields by response key, with their arguments."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

TYPENAME = "__typename"

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One selected field: `key` in the response, `name` in the type, arguments by Python name.

    `late` makes the arguments of a request from its variables, where they have any. What is
    selected on an interface or a union is in `choices`, by the name of each type it could be.
    """

    key: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selection: "Selection | None" = None
    late: Callable[[Variables], Mapping[str, Any]] | None = None
    choices: Mapping[str, "Selection"] = field(default_factory=dict)

    def given(self, variables: Variables) -> Mapping[str, Any]:
        """The arguments in a request with these variables."""
        return self.late(variables) if self.late else self.arguments


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The fields selected on one object type, fragments merged, in response order."""

    type_name: str
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """How many fields it has, at all depths."""
        below = [f.selection for f in self.fields if f.selection]
        below += [choice for f in self.fields for choice in f.choices.values()]
        return len(self.fields) + sum(selection.size for selection in below)

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, at all depths."""
        below = [f.selection.names for f in self.fields if f.selection]
        return frozenset(f.name for f in self.fields).union(*below)


@dataclass(frozen=True, slots=True)
class Asked:
    """A selection in one request.

    Requests with equal `key` have the same selection and differ in `variables` alone: `select`
    makes it where it is not known yet. `anchor` is what the key is made of, if it has to be kept
    for the key to stay true, and `weight` what that takes, in tokens of a document.
    """

    key: Hashable
    select: Callable[[], Selection]
    variables: Variables = field(default_factory=dict)
    anchor: Any = None
    weight: int = 0


def asked(selection: Selection) -> Asked:
    """A selection without variables."""
    return Asked(id(selection), lambda: selection, anchor=selection)


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
