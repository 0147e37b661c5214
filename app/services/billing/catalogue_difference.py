"""What a catalogue has that the database has not: rows to write, in words, or why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.domain.errors import ErrorCode, Problem
from app.domain.programs.times import moment_text
from app.persistence.models.base import Record

R = TypeVar("R", bound=Record)
Values = Mapping[str, Any]

# What the columns are called in the file, where it is not the same in camel case. An amount is the
# value itself.
_IN_FILE = {
    "min_employees": "from",
    "max_employees": "below",
    "trial_days": "days",
    "advisor_fee_minor": "advisorFee",
    "amount_minor": "",
}


@dataclass
class Difference:
    """Rows to create (referred to before those that refer), texts to update, and the problems.

    Words about them name days in `zone`, the vendor's.
    """

    zone: ZoneInfo
    new: dict[type[Record], list[Any]] = field(default_factory=dict)
    updates: list[tuple[Record, Values]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def entry(
        self, kept: R | None, new: R, fixed: Sequence[str], texts: Sequence[str], path: str
    ) -> R:
        """One row of the catalogue: what is there must be the same in `fixed`."""
        if kept is None:
            self.new.setdefault(type(new), []).append(new)
            return new
        if differing := [name for name in fixed if getattr(kept, name) != getattr(new, name)]:
            self._conflict(f"{path}.{_words(differing[0])}".rstrip("."))
        values = {name: getattr(new, name) for name in texts}
        if changed := {k: v for k, v in values.items() if getattr(kept, k) != v}:
            self.updates.append((kept, changed))
            self.changes.append(f"{path}: {', '.join(map(_words, changed))} updated.")
        return kept

    def since(self, moment: datetime) -> str:
        """A moment as the words of a change have it: the local day that it begins, or in full."""
        local = moment.astimezone(self.zone)
        return f"{local:%Y-%m-%d}" if local.time() == time() else moment_text(moment)

    def _conflict(self, path: str) -> None:
        message = (
            f"{path}: the database has another value. Keep it as it is there, and add what is new"
            " with a later effectiveFrom."
        )
        self.problems.append(Problem(ErrorCode.CONFLICT, message, ("text",)))

    def unknown(self, path: str, what: str) -> None:
        """Note that something has a price, but does not exist."""
        message = f"{path}: there is no such {what}. Add it to the file."
        self.problems.append(Problem(ErrorCode.NOT_FOUND, message, ("text",)))


def _words(column: str) -> str:
    first, *rest = column.split("_")
    return _IN_FILE.get(column, first + "".join(word.title() for word in rest))
