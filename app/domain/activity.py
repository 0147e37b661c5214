"""Facts about partners: the fields of each kind, and their validation.

A fact never changes. A wrong one is reversed (`reversals.py`) and recorded again.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app.domain.checks import check_currency, check_line, check_text
from app.domain.clock import settle_moment
from app.domain.emails import normalise_email
from app.domain.errors import ErrorCode, Problem
from app.domain.money import Money
from app.domain.programs.vocabulary import (
    ActivityKind,
    Capability,
    PartnerAttribute,
    PriceBasis,
    Revenue,
    SaleMotion,
)

# Nobody has records from before the first date; dates after the last one are typing errors.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# Far below what a 64-bit column holds, so that sums fit as well.
MAX_AMOUNT_MINOR = 10**15
MAX_PERSON = 254
MAX_COURSE = 120
MAX_EVIDENCE = 2_048
MAX_NOTE = 1_000
MAX_EXTERNAL_ID = 120

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")


class RecordStatus(StrEnum):
    """RECORDED now, or UNCHANGED: the same fact was recorded before under its external id."""

    RECORDED = "RECORDED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class NewActivity:
    """One fact, as it is recorded and stored. `amount` is in minor units of its currency.

    `occurred_at` is when it took effect, aware, in UTC. `person` None is the organisation itself. A
    reversal has a negative `amount`, a `quantity` of -1 or 0, and `reverses`.
    """

    kind: ActivityKind
    occurred_at: datetime
    code: str | None = None
    person: str | None = None
    course: str | None = None
    amount: Money | None = None
    revenue: Revenue | None = None
    motion: SaleMotion | None = None
    price_basis: PriceBasis | None = None
    source: str | None = None
    product: str | None = None
    value: str | None = None
    evidence: str | None = None
    note: str | None = None
    expires_at: datetime | None = None
    external_id: str | None = None
    quantity: int = 1
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The required and the optional fields of a kind, besides kind, time and external id."""

    needs: frozenset[str]
    may: frozenset[str]


def _shape(needs: str, may: str = "") -> Shape:
    return Shape(frozenset(needs.split()), frozenset(may.split()))


_COUNTED = _shape("", "source product person")
SHAPES: Mapping[ActivityKind, Shape] = {
    ActivityKind.SALE: _shape("amount revenue", "motion price_basis source product"),
    ActivityKind.DEAL_REGISTRATION: _COUNTED,
    ActivityKind.LEAD_ACCEPTED: _COUNTED,
    ActivityKind.REFERRAL: _COUNTED,
    ActivityKind.IMPLEMENTATION: _COUNTED,
    ActivityKind.TRAINING_COMPLETED: _COUNTED,
    ActivityKind.CERTIFICATION: _shape("code", "person course evidence expires_at"),
    ActivityKind.ATTESTATION: _shape("code evidence", "expires_at"),
    ActivityKind.CAPABILITY: _shape("code"),
    ActivityKind.MANUAL: _shape("code value note"),
    ActivityKind.ATTRIBUTE: _shape("code value", "note"),
}
_ALWAYS = frozenset({"kind", "occurred_at", "external_id", "quantity", "reverses"})
_OPTIONAL = tuple(f.name for f in fields(NewActivity) if f.name not in _ALWAYS)
_WORDS = {
    ActivityKind.CAPABILITY: tuple(Capability),
    # A partner's type comes from the partner itself.
    ActivityKind.ATTRIBUTE: (PartnerAttribute.REGION,),
}


_TEXTS = [
    "code",
    "person",
    "course",
    "source",
    "product",
    "value",
    "evidence",
    "note",
    "external_id",
]


def api_name(name: str) -> str:
    """Return a field's name in the API: `expiresAt` for `expires_at`."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def clean(activity: NewActivity) -> NewActivity:
    """Normalise a fact for storing and comparing: texts trimmed (empty is None), people in lower
    case.
    """
    texts: dict[str, Any] = {
        name: (getattr(activity, name) or "").strip() or None for name in _TEXTS
    }
    if texts["person"]:
        texts["person"] = normalise_email(texts["person"])
    return replace(activity, **texts)


def settle(activity: NewActivity, now: datetime, tolerance: timedelta) -> NewActivity:
    """Set the time of a fact to `now` if it is ahead of it by no more than `tolerance`."""
    return replace(activity, occurred_at=settle_moment(activity.occurred_at, now, tolerance))


def check_activity(activity: NewActivity, now: datetime, *at: str) -> list[Problem]:
    """Return the problems of a fact that `clean` returned, each at `at` and its field's name.

    REQUIRED for missing fields and INVALID for fields that the kind does not have; INVALID for
    times after `now` or before 2000, and for invalid codes, numbers, URLs and amounts; TOO_LONG for
    texts.
    """
    return [
        *_shape_problems(activity, at),
        *_time_problems(activity, now, at),
        *_code_problems(activity, at),
        *_text_problems(activity, at),
        *_amount_problems(activity.amount, at),
    ]


def _shape_problems(activity: NewActivity, at: tuple[str, ...]) -> list[Problem]:
    shape, problems = SHAPES[activity.kind], []
    for name in _OPTIONAL:
        field, given = (*at, api_name(name)), getattr(activity, name) is not None
        if name in shape.needs and not given:
            message = f"A fact of the kind {activity.kind} needs this."
            problems.append(Problem(ErrorCode.REQUIRED, message, field))
        elif given and name not in shape.needs | shape.may:
            message = f"A fact of the kind {activity.kind} has no such field. Leave it out."
            problems.append(Problem(ErrorCode.INVALID, message, field))
    return problems


def _time_problems(activity: NewActivity, now: datetime, at: tuple[str, ...]) -> list[Problem]:
    occurred, expires, problems = activity.occurred_at, activity.expires_at, []
    if occurred > now:
        message = f"This is after now, {now:%Y-%m-%dT%H:%M:%SZ}. Record what has happened."
        problems.append(Problem(ErrorCode.INVALID, message, (*at, "occurredAt")))
    elif occurred < EARLIEST:
        message = "Give a time in the year 2000 or later."
        problems.append(Problem(ErrorCode.INVALID, message, (*at, "occurredAt")))
    if expires is not None and not occurred < expires < LATEST:
        message = f"Give a time after occurredAt and before {LATEST:%Y}."
        problems.append(Problem(ErrorCode.INVALID, message, (*at, "expiresAt")))
    return problems


def _code_problems(activity: NewActivity, at: tuple[str, ...]) -> list[Problem]:
    problems = [
        Problem(ErrorCode.INVALID, "Give a code such as LANDING_PAGE.", (*at, name))
        for name in ("code", "source", "product")
        if (value := getattr(activity, name)) is not None and not _CODE.fullmatch(value)
    ]
    words = _WORDS.get(activity.kind, ())
    if not problems and words and activity.code is not None and activity.code not in words:
        message = f"Give one of: {', '.join(words)}."
        problems.append(Problem(ErrorCode.INVALID, message, (*at, "code")))
    if activity.value is not None and not _is_value(activity.kind, activity.value):
        example = "a number such as 4.5" if activity.kind is ActivityKind.MANUAL else "a code"
        problems.append(Problem(ErrorCode.INVALID, f"Give {example}.", (*at, "value")))
    return problems


def _is_value(kind: ActivityKind, value: str) -> bool:
    return bool((_NUMBER if kind is ActivityKind.MANUAL else _CODE).fullmatch(value))


def _text_problems(activity: NewActivity, at: tuple[str, ...]) -> list[Problem]:
    problems = []
    for name, longest in (
        ("person", MAX_PERSON),
        ("course", MAX_COURSE),
        ("external_id", MAX_EXTERNAL_ID),
    ):
        if (value := getattr(activity, name)) is not None:
            problems += check_line(value, *at, api_name(name), longest=longest)
    if activity.note is not None:
        problems += check_text(activity.note, *at, "note", longest=MAX_NOTE)
    if activity.evidence is not None:
        problems += check_evidence(activity.evidence, *at, "evidence")
    return problems


def check_evidence(value: str, *field: str) -> list[Problem]:
    """Return the problems of evidence: it must be a URL such as https://example.com/partners."""
    if problems := check_line(value, *field, longest=MAX_EVIDENCE):
        return problems
    try:
        parts = urlsplit(value)
        found = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
    except ValueError:
        found = False
    if found:
        return []
    message = "Give a URL such as https://example.com/partners."
    return [Problem(ErrorCode.INVALID, message, field)]


def _amount_problems(amount: Money | None, at: tuple[str, ...]) -> list[Problem]:
    if amount is None:
        return []
    problems = check_currency(amount.currency, *at, "currencyCode")
    if not 0 < amount.amount_minor <= MAX_AMOUNT_MINOR:
        message = f"Give an amount above zero, up to {MAX_AMOUNT_MINOR:,} minor units."
        problems.append(Problem(ErrorCode.INVALID, message, (*at, "amount")))
    return problems


def digest(activity: NewActivity) -> str:
    """Return the SHA-256 of a fact without its external id: equal digests mean equal facts."""
    content = {
        field.name: plain(getattr(activity, field.name))
        for field in fields(activity)
        if field.name != "external_id"
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: object) -> object:
    """Convert a value of a fact to JSON: money as minor units and currency, times in UTC.

    Minor units are text: an amount that has not been checked may be too large for a JSON number.
    """
    if isinstance(value, Money):
        return f"{value.amount_minor} {value.currency}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
