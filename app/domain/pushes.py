"""Pushing a version to where its item is used: the rule of what happens to each place."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.content import PushOutcome

# Each is written in the one transaction of a push, and told to whom it concerns.
MAX_PLACES = 5_000


class PlaceKind(StrEnum):
    """Where an item is used: in a partner's library, in a template, by a client."""

    ADOPTED_ITEM = "ADOPTED_ITEM"
    TEMPLATE = "TEMPLATE"
    CLIENT = "CLIENT"


@dataclass(frozen=True, slots=True)
class Place:
    """A place, and what a push does, or would do, to it.

    `id` is the adopted item, the template or the client; `row_id` what refers to the version there,
    None for a client that does not have the item yet. `name` is for people: of an adopted item it
    is the partner's.
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
    """What comes of a push of a version to a place that has one (None: always the latest)."""
    if has is None or has == version:
        return PushOutcome.UP_TO_DATE
    return PushOutcome.LOCKED if locked else PushOutcome.UPDATED
