"""What a fact of each kind needs and may have, and what a reversal of one takes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.activity import (
    SHAPES,
    NewActivity,
    api_name,
    check_activity,
    clean,
    digest,
)
from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.domain.reversals import Left, reversal, reversal_digest

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AT = datetime(2026, 1, 15, tzinfo=UTC)
RECORD = UUID(int=1)
# A value of each field that is fine for a kind that has it.
FINE: dict[str, Any] = {
    "code": "LANDING_PAGE",
    "person": "ada@acme.example",
    "course": "Selling 101",
    "amount": Money(100, "USD"),
    "revenue": Revenue.SOLD_MRR,
    "motion": SaleMotion.REFERRAL,
    "price_basis": PriceBasis.APPROVED_QUOTE,
    "source": "PORTAL",
    "product": "CORE_2",
    "value": "4.5",
    "evidence": "https://acme.example/partners",
    "note": "Because.",
    "expires_at": AT + timedelta(days=1),
}
OWN = {
    ActivityKind.CAPABILITY: {"code": "LEADS"},
    ActivityKind.ATTRIBUTE: {"code": "REGION", "value": "EMEA"},
}


def full(kind: ActivityKind) -> NewActivity:
    """A fact with all fields that its kind may have."""
    shape = SHAPES[kind]
    values = {name: FINE[name] for name in shape.needs | shape.may}
    return NewActivity(kind, AT, **{**values, **OWN.get(kind, {})})


def wrong(activity: NewActivity) -> list[tuple[ErrorCode, str]]:
    problems = check_activity(clean(activity), NOW, "at")
    assert all(p.message.endswith(".") and p.field[0] == "at" for p in problems)
    return [(problem.code, problem.field[1]) for problem in problems]


@pytest.mark.parametrize("kind", ActivityKind)
def test_each_kind_has_its_own_fields_and_no_other(kind: ActivityKind) -> None:
    shape, fact = SHAPES[kind], full(kind)
    assert wrong(fact) == []
    assert wrong(replace(fact, **dict.fromkeys(shape.may))) == []
    for name in shape.needs:
        assert wrong(replace(fact, **{name: None})) == [(ErrorCode.REQUIRED, api_name(name))]
    for name in FINE.keys() - shape.needs - shape.may:
        assert (ErrorCode.INVALID, api_name(name)) in wrong(replace(fact, **{name: FINE[name]}))


@pytest.mark.parametrize(
    ("kind", "changes", "code", "field"),
    [
        ("SALE", {"occurred_at": NOW + timedelta(microseconds=1)}, "INVALID", "occurredAt"),
        ("SALE", {"occurred_at": datetime(1999, 12, 31, tzinfo=UTC)}, "INVALID", "occurredAt"),
        ("SALE", {"amount": Money(0, "USD")}, "INVALID", "amount"),
        ("SALE", {"amount": Money(-1, "USD")}, "INVALID", "amount"),
        ("SALE", {"amount": Money(10**15 + 1, "USD")}, "INVALID", "amount"),
        ("SALE", {"amount": Money(1, "XXX")}, "INVALID", "currencyCode"),
        ("SALE", {"source": "portal"}, "INVALID", "source"),
        ("SALE", {"source": "1A"}, "INVALID", "source"),
        ("SALE", {"product": "A-B"}, "INVALID", "product"),
        ("SALE", {"product": "A" * 61}, "INVALID", "product"),
        ("SALE", {"external_id": "x" * 121}, "TOO_LONG", "externalId"),
        ("SALE", {"external_id": "a\nb"}, "INVALID", "externalId"),
        ("CERTIFICATION", {"expires_at": AT}, "INVALID", "expiresAt"),
        ("CERTIFICATION", {"expires_at": datetime(2200, 1, 1, tzinfo=UTC)}, "INVALID", "expiresAt"),
        ("CERTIFICATION", {"person": "a\nb"}, "INVALID", "person"),
        ("CERTIFICATION", {"person": "x" * 255}, "TOO_LONG", "person"),
        ("CERTIFICATION", {"course": "x" * 121}, "TOO_LONG", "course"),
        ("ATTESTATION", {"evidence": "acme.example/partners"}, "INVALID", "evidence"),
        ("ATTESTATION", {"evidence": "javascript:alert(1)"}, "INVALID", "evidence"),
        ("ATTESTATION", {"evidence": "https://"}, "INVALID", "evidence"),
        ("ATTESTATION", {"evidence": "https://[::1"}, "INVALID", "evidence"),
        ("ATTESTATION", {"evidence": "https://a.example/a b"}, "INVALID", "evidence"),
        ("ATTESTATION", {"evidence": "https://a.example/" + "x" * 2_048}, "TOO_LONG", "evidence"),
        ("ATTESTATION", {"evidence": "  "}, "REQUIRED", "evidence"),
        ("CAPABILITY", {"code": "FLIES"}, "INVALID", "code"),
        ("ATTRIBUTE", {"code": "PARTNER_TYPE"}, "INVALID", "code"),
        ("ATTRIBUTE", {"value": "emea"}, "INVALID", "value"),
        ("MANUAL", {"value": "four"}, "INVALID", "value"),
        ("MANUAL", {"value": "1e9"}, "INVALID", "value"),
        ("MANUAL", {"value": "NaN"}, "INVALID", "value"),
        ("MANUAL", {"note": " "}, "REQUIRED", "note"),
        ("MANUAL", {"note": "x" * 1_001}, "TOO_LONG", "note"),
    ],
)
def test_what_is_wrong(kind: str, changes: dict[str, Any], code: str, field: str) -> None:
    assert wrong(replace(full(ActivityKind(kind)), **changes)) == [(ErrorCode(code), field)]


def test_the_first_and_last_moments_that_count() -> None:
    fact = full(ActivityKind.SALE)
    assert wrong(replace(fact, occurred_at=NOW)) == []
    assert wrong(replace(fact, occurred_at=datetime(2000, 1, 1, tzinfo=UTC))) == []


TEXTS = st.none() | st.text(max_size=5)


@given(st.sampled_from(ActivityKind), TEXTS, TEXTS, TEXTS, TEXTS)
def test_cleaning_once_is_enough_and_never_fails(kind, code, person, note, external) -> None:
    fact = clean(NewActivity(kind, AT, code=code, person=person, note=note, external_id=external))
    assert clean(fact) == fact
    check_activity(fact, NOW)


def test_the_digest_is_of_what_is_told() -> None:
    fact = full(ActivityKind.SALE)
    assert digest(fact) == digest(replace(fact, external_id="x"))
    east = AT.astimezone(timezone(timedelta(hours=9)))
    assert digest(fact) == digest(replace(fact, occurred_at=east))
    others = [
        replace(fact, **{name: value})
        for name, value in {
            "occurred_at": AT + timedelta(microseconds=1),
            "amount": Money(100, "EUR"),
            "revenue": Revenue.SOLD_ARR,
            "motion": None,
            "source": "CORE_2",
            "product": "PORTAL",
            "kind": ActivityKind.MANUAL,
            "reverses": RECORD,
        }.items()
    ]
    assert len({digest(other) for other in [fact, *others]}) == len(others) + 1


def test_the_digest_of_a_reversal_is_of_what_is_told() -> None:
    told = [
        (RECORD, None, "a"),
        (UUID(int=2), None, "a"),
        (RECORD, Money(1, "USD"), "a"),
        (RECORD, Money(1, "EUR"), "a"),
        (RECORD, None, "b"),
    ]
    assert len({reversal_digest(*each) for each in told}) == len(told)


def take(left: Left, amount: Money | None) -> NewActivity | ErrorCode:
    fact = full(ActivityKind.SALE if left.amount else ActivityKind.CERTIFICATION)
    try:
        return reversal(fact, RECORD, left, amount)
    except Refused as refused:
        return refused.problems[0].code


USD = st.integers(1, 10**15).map(lambda minor: Money(minor, "USD"))


@given(USD, st.lists(st.none() | USD, max_size=6))
def test_reversals_add_up_to_what_there_was_and_no_more(whole: Money, wanted) -> None:
    left = Left(whole, 1)
    taken: list[NewActivity] = []
    for amount in wanted:
        made = take(left, amount)
        if isinstance(made, ErrorCode):
            more = amount is not None and amount.amount_minor > left.amount.amount_minor
            assert made is (ErrorCode.INVALID if left.quantity and more else ErrorCode.ALREADY_DONE)
            continue
        assert made.amount.amount_minor < 0 and made.quantity in (0, -1)
        taken.append(made)
        left = Left(left.amount + made.amount, left.quantity + made.quantity)
        assert (left.quantity == 0) == (left.amount.amount_minor == 0)
    minor = sum(made.amount.amount_minor for made in taken)
    assert -whole.amount_minor <= minor <= 0
    assert sum(made.quantity for made in taken) in (0, -1)


def test_a_reversal_counts_where_its_original_does() -> None:
    fact = full(ActivityKind.SALE)
    made = reversal(fact, RECORD, Left(fact.amount, 1), None)
    assert made == replace(fact, amount=Money(-100, "USD"), quantity=-1, reverses=RECORD)
    held = full(ActivityKind.CERTIFICATION)
    made = reversal(held, RECORD, Left(None, 1), None)
    gone = {"course": None, "evidence": None, "quantity": -1, "reverses": RECORD}
    assert made == replace(held, **gone)


@pytest.mark.parametrize(
    ("left", "amount", "code"),
    [
        (Left(Money(100, "USD"), 1), Money(101, "USD"), ErrorCode.INVALID),
        (Left(Money(100, "USD"), 1), Money(0, "USD"), ErrorCode.INVALID),
        (Left(Money(100, "USD"), 1), Money(-1, "USD"), ErrorCode.INVALID),
        (Left(Money(100, "USD"), 1), Money(1, "EUR"), ErrorCode.INVALID),
        (Left(None, 1), Money(1, "USD"), ErrorCode.INVALID),
        (Left(Money(0, "USD"), 0), None, ErrorCode.ALREADY_DONE),
        (Left(None, 0), None, ErrorCode.ALREADY_DONE),
    ],
)
def test_what_cannot_be_taken_back(left: Left, amount: Money | None, code: ErrorCode) -> None:
    assert take(left, amount) is code
