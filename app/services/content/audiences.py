"""Whom an open item is for: partners by their tier and by their group (S3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.content import AudienceKind, LibraryKind
from app.domain.errors import ErrorCode, Problem
from app.domain.programs.vocabulary import VersionState
from app.persistence.models import ContentAudience, PartnerGroup, Tier
from app.services.visible import fits


@dataclass(frozen=True, slots=True)
class Audience:
    """Keys of tiers, in whatever program, and of groups. A partner in any one of them is meant.

    None at all: every partner.
    """

    tiers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


EVERYBODY = Audience()


async def audience_problems(audience: Audience, library: LibraryKind) -> list[Problem]:
    """INVALID for content of a partner; NOT_FOUND at the position of an unknown key."""
    if not audience.tiers and not audience.groups:
        return []
    if library is LibraryKind.EXCLUSIVE:
        message = "Only content of the open library is limited to some partners. Leave this out."
        return [Problem(ErrorCode.INVALID, message, ("audience",))]
    tiers = await Tier.filter(
        version__status=VersionState.PUBLISHED,
        key__in=[key for key in audience.tiers if fits(Tier, key=key)],
    )
    groups = await PartnerGroup.filter(
        key__in=[key for key in audience.groups if fits(PartnerGroup, key=key)]
    )
    return [
        *_unknown(
            audience.tiers,
            {tier.key for tier in tiers},
            "No published program has a tier with this key. Check it.",
            "tiers",
        ),
        *_unknown(
            audience.groups,
            {group.key for group in groups},
            "There is no group with this key. Create it first, or check the key.",
            "groups",
        ),
    ]


def _unknown(keys: Sequence[str], known: set[str], message: str, field: str) -> list[Problem]:
    return [
        Problem(ErrorCode.NOT_FOUND, message, ("audience", field, str(position)))
        for position, key in enumerate(keys)
        if key not in known
    ]


async def replace_audience(item_id: UUID, audience: Audience) -> None:
    """Make the item for these alone, instead of whom it was for."""
    await ContentAudience.filter(item_id=item_id).delete()
    await ContentAudience.bulk_create(
        ContentAudience(item_id=item_id, kind=kind, key=key)
        for kind, keys in (
            (AudienceKind.TIER, audience.tiers),
            (AudienceKind.GROUP, audience.groups),
        )
        for key in dict.fromkeys(keys)
    )
