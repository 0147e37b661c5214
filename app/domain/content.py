"""Content libraries: the closed vocabularies, checksums and the rules of items and versions."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.characters import is_blank
from app.domain.checks import check_line, check_text
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.money import CURRENCIES, Money
from app.domain.text import tag_key

MAX_BODY = 200_000
MAX_DESCRIPTION = 5_000
MAX_NOTES = 2_000
MAX_TAGS = 20
MAX_TAG = 40
# Far below what a 64-bit column holds, so that sums of prices fit as well.
MAX_PRICE_MINOR = 10**15


class LibraryKind(StrEnum):
    """OPEN: the vendor's, for every partner. EXCLUSIVE: one partner's, for its clients (S1)."""

    OPEN = "OPEN"
    EXCLUSIVE = "EXCLUSIVE"


class ContentKind(StrEnum):
    """What an asset is."""

    ASSESSMENT_TEMPLATE = "ASSESSMENT_TEMPLATE"
    AUTHORITY_DOCUMENT = "AUTHORITY_DOCUMENT"
    CONTROL_SET = "CONTROL_SET"
    POLICY = "POLICY"
    RISK_LIBRARY = "RISK_LIBRARY"
    PLAYBOOK = "PLAYBOOK"
    TRAINING = "TRAINING"
    COLLATERAL = "COLLATERAL"


class VersionStatus(StrEnum):
    """DRAFT, then PUBLISHED (immutable from then on), then RETIRED."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class AudienceKind(StrEnum):
    """Who is in an audience: partners in a tier, or partners of a group (S3)."""

    TIER = "TIER"
    GROUP = "GROUP"


class PushOutcome(StrEnum):
    """What a push did, or would do, in one location where the item is used."""

    UPDATED = "UPDATED"
    ADDED = "ADDED"
    LOCKED = "LOCKED"
    UP_TO_DATE = "UP_TO_DATE"


class GrantSource(StrEnum):
    """How content came to a client."""

    TEMPLATE = "TEMPLATE"
    PUSH = "PUSH"
    SALE = "SALE"


def checksum(body: str) -> str:
    """SHA-256 of the text in UTF-8, as lower-case hex."""
    return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """The properties that the choice of a version depends on."""

    id: UUID
    number: int
    status: VersionStatus


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags with single spaces, each once (case and accents do not count), in order."""
    spaced = (" ".join(tag.split()) for tag in tags)
    first_of: dict[str, str] = {}
    for tag in spaced:
        first_of.setdefault(tag_key(tag), tag)
    return tuple(first_of.values())


def check_tags(tags: Collection[str]) -> list[Problem]:
    """Return the problems of tags: at `tags` for too many different ones, else at a position."""
    if len(different := clean_tags(tags)) > MAX_TAGS:
        message = f"Give at most {MAX_TAGS} different tags, not {len(different)}."
        return [Problem(ErrorCode.INVALID, message, ("tags",))]
    return [
        problem
        for position, tag in enumerate(tags)
        for problem in check_line(tag, "tags", str(position), longest=MAX_TAG)
    ]


def check_body(body: str) -> list[Problem]:
    """Return the problems of the text of a version: it must not be blank."""
    if is_blank(body):
        return [Problem(ErrorCode.REQUIRED, "Give the text of the version.", ("body",))]
    return check_text(body, "body", longest=MAX_BODY)


def check_price(price: Money | None, library: LibraryKind) -> list[Problem]:
    """Return the problems of a price. Partners sell to their clients; open content is free (S1)."""
    if price is None:
        return []
    if library is LibraryKind.OPEN:
        message = "Content of the open library has no price. Leave it out."
        return [Problem(ErrorCode.INVALID, message, ("price",))]
    if price.currency not in CURRENCIES:
        message = f"{price.currency} is not a currency in use. Give an ISO 4217 code such as USD."
        return [Problem(ErrorCode.INVALID, message, ("price", "currencyCode"))]
    if 0 <= price.amount_minor <= MAX_PRICE_MINOR:
        return []
    highest = Money(MAX_PRICE_MINOR, price.currency)
    message = f"Give an amount from 0 to {highest} {price.currency}."
    return [Problem(ErrorCode.INVALID, message, ("price", "amount"))]


def usable_version(
    versions: Iterable[VersionFacts], wanted: UUID | None = None, at: tuple[str, ...] = ()
) -> VersionFacts:
    """Return the requested version of an item, or (None) the latest published one.

    Raises Refused, below the path `at`, with NOT_FOUND (no such version of the item),
    CONTENT_NOT_PUBLISHED or CONTENT_RETIRED.
    """
    known = {version.id: version for version in versions}
    if wanted is None:
        return _latest(known.values(), at)
    field = (*at, "versionId")
    if wanted not in known:
        raise refuse(
            ErrorCode.NOT_FOUND,
            "The item has no such version. Choose one of its versions, or omit it for the latest.",
            *field,
        )
    version = known[wanted]
    if version.status is not VersionStatus.PUBLISHED:
        raise _unusable(version.status is VersionStatus.RETIRED, field)
    return version


def refuse_unpublishable(status: VersionStatus, *field: str) -> None:
    """Raise Refused with VERSION_IMMUTABLE or CONTENT_RETIRED unless the version is a draft."""
    if status is VersionStatus.PUBLISHED:
        raise refuse(
            ErrorCode.VERSION_IMMUTABLE,
            "This version is published and never changes. Publish a new one.",
            *field,
        )
    if status is VersionStatus.RETIRED:
        raise refuse(
            ErrorCode.CONTENT_RETIRED,
            "This version is retired. Publish a new one.",
            *field,
        )


def _latest(versions: Collection[VersionFacts], at: tuple[str, ...]) -> VersionFacts:
    published = [v for v in versions if v.status is VersionStatus.PUBLISHED]
    if published:
        return max(published, key=lambda version: version.number)
    retired = any(version.status is VersionStatus.RETIRED for version in versions)
    raise _unusable(retired, (*at, "contentItemId"))


def _unusable(retired: bool, field: tuple[str, ...]) -> Refused:
    if retired:
        return refuse(ErrorCode.CONTENT_RETIRED, "This content is retired. Choose another.", *field)
    return refuse(
        ErrorCode.CONTENT_NOT_PUBLISHED,
        "This content is not published yet. Publish it first, or choose another.",
        *field,
    )
