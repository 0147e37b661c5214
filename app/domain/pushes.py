"""Pushes of a version to where its item is used: the rule for each location."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.content import PushOutcome

# Each is written in the one transaction of a push, with its notification.
MAX_PLACES = 5_000


class PlaceKind(StrEnum):
    """Where an item is used: in a partner's library, in a template, by a client."""

    ADOPTED_ITEM = "ADOPTED_ITEM"
    TEMPLATE = "TEMPLATE"
    CLIENT = "CLIENT"


@dataclass(frozen=True, slots=True)
class Place:
    """A location, and what a push does, or would do, there.

    `id` is that of the adopted item, the template or the client; `row_id` that of the row that
    refers to the version, None for a client that does not have the item yet. `name` is for people;
    for an adopted item it is the partner's name.
    """

    kind: PlaceKind
    id: UUID
    row_id: UUID | None
    partner_id: UUID
    name: str
    outcome: PushOutcome
    from_version_id: UUID | None
    from_number: int | None


def outcome_of(version: UUID, has: UUID | None, locked: bool = False) -> PushOutcome:
    """Return the outcome of a push of a version to a location that has `has` (None: always the
    latest).
    """
    if has is None or has == version:
        return PushOutcome.UP_TO_DATE
    return PushOutcome.LOCKED if locked else PushOutcome.UPDATED
