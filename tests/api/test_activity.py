"""Facts in the API: recorded by the vendor, read by the partner, hidden from everyone else."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Role, Scope
from app.domain.money import Money
from tests.activity import JANUARY, certification, sale, tell
from tests.api.calls import Api, global_id, unknown_id
from tests.world import Team, World

AT = "2026-01-15T00:00:00Z"
USD = {"amount": "129.00", "currencyCode": "USD"}
SALE = {"amount": USD, "revenue": "SOLD_ARR"}
EVERYTHING = """
record { position kind code person course amount { amount currencyCode } revenue motion priceBasis
  source product quantity value evidence note externalId occurredAt expiresAt recordedAt
  reverses { id } reversals { id } partner { slug } } status
"""


def fact(team: Team, kind: str = "sale", value: Any = None, **changes: Any) -> dict[str, Any]:
    given = SALE if value is None else value
    return {
        "partnerId": global_id(team.partner),
        "occurredAt": AT,
        "fact": {kind: given},
        **changes,
    }


def present(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says beside that it is one."""
    usual = {"quantity": 1, "reversals": [], "partner": {"slug": "acme"}, "occurredAt": AT}
    plain = {k: v for k, v in record.items() if v is not None and usual.get(k) != v}
    return {k: v for k, v in plain.items() if k not in ("recordedAt", "position", "kind")}


KINDS = [
    (
        "sale",
        "SALE",
        {**SALE, "motion": "RESALE", "priceBasis": "LIST_PRICE", "source": "A", "product": "B_2"},
        {
            "amount": USD,
            "revenue": "SOLD_ARR",
            "motion": "RESALE",
            "priceBasis": "LIST_PRICE",
            "source": "A",
            "product": "B_2",
        },
    ),
    ("dealRegistration", "DEAL_REGISTRATION", {"source": "PORTAL"}, {"source": "PORTAL"}),
    ("leadAccepted", "LEAD_ACCEPTED", {}, {}),
    ("referral", "REFERRAL", {"person": "Ada@Acme.example"}, {"person": "ada@acme.example"}),
    ("implementation", "IMPLEMENTATION", {"product": "CORE"}, {"product": "CORE"}),
    ("trainingCompleted", "TRAINING_COMPLETED", {"person": "a b"}, {"person": "a b"}),
    (
        "certification",
        "CERTIFICATION",
        {"code": "SALES", "person": "ada@acme.example", "expiresAt": "2027-01-15T01:00:00+01:00"},
        {"code": "SALES", "person": "ada@acme.example", "expiresAt": "2027-01-15T00:00:00Z"},
    ),
    (
        "attestation",
        "ATTESTATION",
        {"code": "LANDING_PAGE", "evidence": "https://acme.example/p"},
        {"code": "LANDING_PAGE", "evidence": "https://acme.example/p"},
    ),
    ("capability", "CAPABILITY", "CLOSES_DEALS", {"code": "CLOSES_DEALS"}),
    (
        "manualValue",
        "MANUAL",
        {"code": "SATISFACTION", "value": "-4.50", "reason": " Survey. "},
        {"code": "SATISFACTION", "value": "-4.50", "note": "Survey."},
    ),
    (
        "attribute",
        "ATTRIBUTE",
        {"code": "REGION", "value": "EMEA"},
        {"code": "REGION", "value": "EMEA"},
    ),
]


@pytest.mark.parametrize(("member", "kind", "value", "told"), KINDS, ids=[k[0] for k in KINDS])
async def test_a_fact_of_each_kind(api: Api, world: World, member, kind, value, told):
    input = fact(world.acme, member, value)
    payload = await api.done(world.as_vendor(), "recordActivity", EVERYTHING, input)
    record = payload["record"]
    assert (record["kind"], payload["status"], record["position"]) == (kind, "RECORDED", 1)
    assert present(record) == told


async def test_certifications_and_attestations_by_themselves(api: Api, world: World):
    vendor, partner = world.as_vendor(), {"partnerId": global_id(world.acme.partner)}
    own = {**partner, "code": "PARTNER_PROGRAM", "earnedAt": AT, "externalId": "c"}
    payload = await api.done(vendor, "recordCertification", EVERYTHING, own)
    assert present(payload["record"]) == {"code": "PARTNER_PROGRAM", "externalId": "c"}
    # The general mutation says the same thing in other words.
    general = fact(world.acme, "certification", {"code": "PARTNER_PROGRAM"}, externalId="c")
    again = await api.done(vendor, "recordActivity", EVERYTHING, general)
    assert again == {"record": payload["record"], "status": "UNCHANGED"}
    seen = {**partner, "code": "LANDING_PAGE", "evidence": "http://a.example", "attestedAt": AT}
    payload = await api.done(vendor, "recordAttestation", EVERYTHING, seen)
    assert present(payload["record"]) == {"code": "LANDING_PAGE", "evidence": "http://a.example"}


async def test_what_is_wrong_is_told_at_its_field(api: Api, world: World):
    vendor, acme = world.as_vendor(), world.acme
    await tell(world, acme, sale(external_id="taken"))
    long = "x" * 121
    amount = ("fact", "sale", "amount", "amount")
    manual = {"code": "SATISFACTION", "value": "4"}
    for input, refusal in [
        (fact(acme, occurredAt="2026-03-02T09:30:06Z"), ("INVALID", ("occurredAt",))),
        (fact(acme, occurredAt="1999-12-31T23:59:59Z"), ("INVALID", ("occurredAt",))),
        (fact(acme, partnerId=unknown_id("Partner")), ("NOT_FOUND", ("partnerId",))),
        (fact(acme, partnerId=global_id(acme.client)), ("NOT_FOUND", ("partnerId",))),
        (fact(acme, externalId=long), ("TOO_LONG", ("externalId",))),
        (fact(acme, externalId="taken", occurredAt="2026-01-01T00:00:00Z"), REUSED),
        (money("1.005", "USD", acme), ("INVALID", amount)),
        (money("1.5", "JPY", acme), ("INVALID", amount)),
        (money("0", "USD", acme), ("INVALID", amount)),
        (money("-1", "USD", acme), ("INVALID", amount)),
        (money("999999999999999999", "USD", acme), ("INVALID", amount)),
        (money("1", "XXX", acme), ("INVALID", (*amount[:-1], "currencyCode"))),
        (fact(acme, value={**SALE, "source": "a b"}), ("INVALID", ("fact", "sale", "source"))),
        (
            fact(acme, "attribute", {"code": "PARTNER_TYPE", "value": "MSP"}),
            ("INVALID", ("fact", "attribute", "code")),
        ),
        (
            fact(acme, "manualValue", {**manual, "reason": " "}),
            ("REQUIRED", ("fact", "manualValue", "reason")),
        ),
        (
            fact(acme, "attestation", {"code": "LANDING_PAGE", "evidence": "ftp://a.example"}),
            ("INVALID", ("fact", "attestation", "evidence")),
        ),
        (
            fact(acme, "certification", {"code": "SALES", "expiresAt": AT}),
            ("INVALID", ("fact", "certification", "expiresAt")),
        ),
    ]:
        assert await api.refused(vendor, "recordActivity", input) == [refusal], input


REUSED = ("EXTERNAL_ID_REUSED", ("externalId",))


def money(amount: str, currency: str, team: Team) -> dict[str, Any]:
    given = {"amount": amount, "currencyCode": currency}
    return fact(team, value={**SALE, "amount": given})


async def test_the_convenient_ones_name_their_own_fields(api: Api, world: World):
    vendor, partner = world.as_vendor(), {"partnerId": global_id(world.acme.partner)}
    late = "2027-01-01T00:00:00Z"
    refusals = await api.refused(
        vendor, "recordCertification", {**partner, "code": "x", "earnedAt": late, "person": "p\n"}
    )
    assert refusals == [("INVALID", ("earnedAt",)), ("INVALID", ("code",))]
    refusals = await api.refused(
        vendor,
        "recordAttestation",
        {**partner, "code": "X", "attestedAt": late, "evidence": "nowhere"},
    )
    assert refusals == [("INVALID", ("attestedAt",)), ("INVALID", ("evidence",))]


async def test_many_at_once_or_none(api: Api, world: World):
    vendor = world.as_vendor()
    good = [fact(world.acme, externalId="a"), fact(world.rival, "referral", {})]
    wrong = [
        *good,
        money("1.001", "USD", world.acme),
        fact(world.acme, partnerId="nonsense", occurredAt="2030-01-01T00:00:00Z"),
        fact(world.acme, externalId="a", occurredAt="2026-01-01T00:00:00Z"),
    ]
    refusals = await api.refused(vendor, "recordActivities", {"activities": wrong})
    assert refusals == [
        ("INVALID", ("activities", "2", "fact", "sale", "amount", "amount")),
        ("NOT_FOUND", ("activities", "3", "partnerId")),
        ("INVALID", ("activities", "3", "occurredAt")),
    ]
    assert await api.refused(vendor, "recordActivities", {"activities": []}) == [
        ("INVALID", ("activities",))
    ]
    told = await api.done(
        vendor,
        "recordActivities",
        "statuses records { position partner { slug } kind }",
        {"activities": [*good, good[0]]},
    )
    assert told["statuses"] == ["RECORDED", "RECORDED", "UNCHANGED"]
    assert [r["partner"]["slug"] for r in told["records"]] == ["acme", "rival", "acme"]
    assert [r["position"] for r in told["records"]] == [1, 1, 1]


async def test_a_reversal_is_seen_from_both_sides(api: Api, world: World):
    await tell(world, world.acme, sale(external_id="crm-1"))
    partner = global_id(world.acme.partner)
    input = {
        "record": {"external": {"partnerId": partner, "externalId": "crm-1"}},
        "amount": {"amount": "29.00", "currencyCode": "USD"},
        "reason": "Fewer seats.",
    }
    payload = await api.done(
        world.as_vendor(),
        "reverseActivity",
        "status record { quantity amount { amount } note reverses { externalId } }"
        " reversed { externalId reversals { amount { amount } } }",
        input,
    )
    assert payload == {
        "status": "RECORDED",
        "record": {
            "quantity": 0,
            "amount": {"amount": "-29.00"},
            "note": "Fewer seats.",
            "reverses": {"externalId": "crm-1"},
        },
        "reversed": {"externalId": "crm-1", "reversals": [{"amount": {"amount": "-29.00"}}]},
    }


async def test_what_is_wrong_with_a_reversal(api: Api, world: World):
    [record] = await tell(world, world.acme, sale())
    mine = {"record": {"id": global_id(record)}, "reason": "Wrong."}
    elsewhere = {"partnerId": global_id(world.rival.partner), "externalId": "crm-1"}
    for changes, refusal in [
        ({"record": {"id": unknown_id("ActivityRecord")}}, ("NOT_FOUND", ("record",))),
        ({"record": {"id": global_id(world.acme.partner)}}, ("NOT_FOUND", ("record",))),
        ({"record": {"external": elsewhere}}, ("NOT_FOUND", ("record",))),
        (
            {"record": {"external": {**elsewhere, "externalId": "a\0b"}}},
            ("INVALID", ("record", "external", "externalId")),
        ),
        ({"reason": ""}, ("REQUIRED", ("reason",))),
        ({"amount": {**USD, "amount": "129.01"}}, ("INVALID", ("amount", "amount"))),
        ({"amount": {**USD, "amount": "1.001"}}, ("INVALID", ("amount", "amount"))),
        (
            {"amount": {"amount": "1", "currencyCode": "EUR"}},
            ("INVALID", ("amount", "currencyCode")),
        ),
    ]:
        refusals = await api.refused(world.as_vendor(), "reverseActivity", {**mine, **changes})
        assert refusals == [refusal], changes


async def test_only_the_vendor_records(api: Api, world: World):
    [record] = await tell(world, world.acme, sale())
    partner = {"partnerId": global_id(world.acme.partner)}
    inputs = {
        "recordActivity": fact(world.acme),
        "recordActivities": {"activities": [fact(world.acme)]},
        "recordCertification": {**partner, "code": "SALES", "earnedAt": AT},
        "recordAttestation": {
            **partner,
            "code": "LANDING_PAGE",
            "attestedAt": AT,
            "evidence": "https://a.example",
        },
        "reverseActivity": {"record": {"id": global_id(record)}, "reason": "r"},
        "setExchangeRate": RATE,
    }
    acme = world.acme
    for name, input in inputs.items():
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        for actor in (
            world.as_analyst(),
            acme.as_admin(),
            acme.as_advisor(),
            acme.as_client_user(),
            acme.as_app(),
            Actor(Role.APP, api_key_id=uuid4(), scopes=frozenset({Scope.PROGRAMS_READ})),
        ):
            assert await api.rejected(actor, name, input) == "FORBIDDEN", (name, actor.role)
        app = Actor(Role.APP, api_key_id=uuid4(), scopes=frozenset({Scope.PROGRAMS_WRITE}))
        assert await api.done(app, name, "", input) == {}


MINE = (
    'query($where: ActivityFilter) { partner(slug: "acme") { activity(where: $where)'
    " { totalCount nodes { id code } } } }"
)


async def test_a_partner_reads_its_own_and_nobody_elses(api: Api, world: World):
    acme, rival = world.acme, world.rival
    [record] = await tell(world, acme, certification())
    for actor in (
        world.as_vendor(),
        world.as_analyst(),
        acme.as_admin(),
        acme.as_advisor(),
        acme.as_app(),
    ):
        found = await api.data(actor, MINE)
        assert found["partner"]["activity"] == {
            "totalCount": 1,
            "nodes": [{"id": global_id(record), "code": "SALES"}],
        }
    found = await api.data(acme.as_client_user(), MINE)
    assert found["partner"]["activity"] == {"totalCount": 0, "nodes": []}
    node = "query($id: ID!) { node(id: $id) { id } }"
    for actor in (rival.as_admin(), rival.as_app(), acme.as_client_user(), PUBLIC):
        assert await api.data(actor, node, id=global_id(record)) == {"node": None}
    assert await api.data(rival.as_admin(), MINE) == {"partner": None}


async def test_an_app_without_the_scope_does_not_read_facts(api: Api, world: World):
    app = world.acme.as_app(Scope.PARTNERS_READ)
    assert await api.error(app, MINE) == "FORBIDDEN"


async def test_facts_are_listed_by_when_they_took_effect(api: Api, world: World):
    times = [JANUARY.replace(day=day) for day in (3, 1, 2)]
    await tell(world, world.acme, *(sale(occurred_at=at, source=f"S{at.day}") for at in times))
    document = (
        'query($after: Cursor, $where: ActivityFilter) { partner(slug: "acme") {'
        " activity(first: 2, after: $after, where: $where) {"
        " nodes { source } pageInfo { endCursor hasNextPage } } } }"
    )
    admin = world.acme.as_admin()
    first = (await api.data(admin, document))["partner"]["activity"]
    assert [node["source"] for node in first["nodes"]] == ["S3", "S2"]
    cursor = first["pageInfo"]["endCursor"]
    rest = (await api.data(admin, document, after=cursor))["partner"]["activity"]
    assert [node["source"] for node in rest["nodes"]] == ["S1"]
    assert not rest["pageInfo"]["hasNextPage"]
    for where, found in [
        ({"occurredAfter": "2026-01-02T00:00:00Z"}, ["S3", "S2"]),
        ({"occurredBefore": "2026-01-02T00:00:00Z"}, ["S1"]),
        ({"kind": ["CERTIFICATION"]}, []),
        ({"kind": ["CERTIFICATION", "SALE"], "person": "nobody"}, []),
    ]:
        page = (await api.data(admin, document, where=where))["partner"]["activity"]
        assert [node["source"] for node in page["nodes"]] == found, where


RATE = {"base": "EUR", "quote": "USD", "rate": "1.0825", "effectiveFrom": "2026-01-01"}


async def test_rates_are_set_once_from_midnight_at_the_vendors(api: Api, world: World):
    vendor = world.as_vendor()
    selection = "exchangeRate { id base quote rate effectiveFrom }"
    first = await api.done(vendor, "setExchangeRate", selection, RATE)
    rate = first["exchangeRate"]
    assert (rate["rate"], rate["effectiveFrom"]) == ("1.0825", "2025-12-31T23:00:00Z")
    # The same once more is the same; another on that day is none.
    same = {**RATE, "rate": "1.08250"}
    assert await api.done(vendor, "setExchangeRate", selection, same) == first
    refusals = await api.refused(vendor, "setExchangeRate", {**RATE, "rate": "1.09"})
    assert refusals == [("DUPLICATE", ("rate",))]
    later = {**RATE, "rate": "1.09", "effectiveFrom": "2026-07-01"}
    await api.done(vendor, "setExchangeRate", selection, later)
    other = {**RATE, "base": "GBP"}
    await api.done(vendor, "setExchangeRate", selection, other)
    document = (
        "query($where: ExchangeRateFilter) { exchangeRates(where: $where)"
        " { nodes { base rate effectiveFrom } } }"
    )
    found = await api.data(world.acme.as_admin(), document, where={"base": "EUR"})
    assert found["exchangeRates"]["nodes"] == [
        {"base": "EUR", "rate": "1.09", "effectiveFrom": "2026-06-30T22:00:00Z"},
        {"base": "EUR", "rate": "1.0825", "effectiveFrom": "2025-12-31T23:00:00Z"},
    ]
    assert await api.error(PUBLIC, document) == "UNAUTHENTICATED"


async def test_what_is_wrong_with_a_rate(api: Api, world: World):
    for changes, refusal in [
        ({"base": "XXX"}, ("INVALID", ("base",))),
        ({"quote": "XTS"}, ("INVALID", ("quote",))),
        ({"quote": "EUR"}, ("INVALID", ("quote",))),
        ({"rate": "0"}, ("INVALID", ("rate",))),
        ({"rate": "-1"}, ("INVALID", ("rate",))),
        ({"rate": "1000000000000"}, ("INVALID", ("rate",))),
        ({"effectiveFrom": "1999-12-31"}, ("INVALID", ("effectiveFrom",))),
    ]:
        refusals = await api.refused(world.as_vendor(), "setExchangeRate", {**RATE, **changes})
        assert refusals == [refusal], changes
    for wrong in ("2026-02-30", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z", 20260101):
        input = {**RATE, "effectiveFrom": wrong}
        assert await api.rejected(world.as_vendor(), "setExchangeRate", input) == "BAD_USER_INPUT"


async def test_amounts_have_the_decimals_of_their_currency(api: Api, world: World):
    await tell(world, world.acme, sale(amount=Money(500, "JPY")))
    document = '{ partner(slug: "acme") { activity { nodes { amount { amount currencyCode } } } } }'
    found = await api.data(world.acme.as_admin(), document)
    assert found["partner"]["activity"]["nodes"] == [
        {"amount": {"amount": "500", "currencyCode": "JPY"}}
    ]


async def test_a_rate_that_several_set_at_once_is_set_once(api: Api, world: World):
    selection = "exchangeRate { id }"
    calls = [api.done(world.as_vendor(), "setExchangeRate", selection, RATE) for _ in range(4)]
    first, *others = await asyncio.gather(*calls)
    assert others == [first] * 3
