"""News: which events got their numbers. One process tells it, all others hear it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

# What PostgreSQL takes along with a notification.
LONGEST_TEXT = 7_999
_NOBODYS = "-"
_ANYBODYS = "*"


@dataclass(frozen=True, slots=True)
class News:
    """Events behind one sequence, up to another, were numbered.

    `partner_ids` says whose they are, with None for those of no partner; None in place of the whole
    set represents anybody's.
    """

    behind: int
    newest: int
    partner_ids: frozenset[UUID | None] | None

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """The news of rows, one or more, that were numbered together: `sequence`, `partner_id`."""
        sequences = [row["sequence"] for row in rows]
        ids = (row["partner_id"] for row in rows)
        partner_ids = frozenset(None if id is None else UUID(str(id)) for id in ids)
        return cls(min(sequences) - 1, max(sequences), partner_ids)

    def to_text(self) -> str:
        """As a text that goes along with a notification: of too many partners, anybody's."""
        if self.partner_ids is None:
            return f"{self.behind} {self.newest} {_ANYBODYS}"
        ids = ",".join(id.hex if id else _NOBODYS for id in self.partner_ids)
        text = f"{self.behind} {self.newest} {ids}"
        if len(text) > LONGEST_TEXT:
            return News(self.behind, self.newest, None).to_text()
        return text

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` told."""
        behind, newest, ids = text.split(" ")
        if ids == _ANYBODYS:
            return cls(int(behind), int(newest), None)
        partner_ids = frozenset(None if id == _NOBODYS else UUID(id) for id in ids.split(","))
        return cls(int(behind), int(newest), partner_ids)
