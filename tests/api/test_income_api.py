"""What partners earn, over the API: who sees it, who decides on it, and how it explains itself."""

from typing import Any

import pytest

from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Scope
from app.persistence.models import Accrual, Partner
from schema.node import encode
from tests.api.calls import Api, global_id, unknown_id
from tests.billing import (
    MARCH,
    MONTH,
    another_client,
    credited,
    licence,
    recognised,
    set_policy,
    term,
)
from tests.contract.recorded_sql import statements
from tests.operations import EXAMPLES
from tests.world import Team, World

EXPLAINED = next(each for each in EXAMPLES if each.name == "IncomeExplained").document
LISTS = """{ accruals { totalCount nodes { id } } statements { totalCount nodes { id } }
    viewer { partner { accruals { totalCount } statements { totalCount } } } }"""


@pytest.fixture
async def earning(world: World) -> World:
    """Both teams earned by one charge each: acme's is approved, and has a statement."""
    await set_policy()
    for team in (world.acme, world.rival):
        await Partner.filter(id=team.partner.id).update(referral_rate="0.25")
        await recognised(world, team, await term(await licence(team)))
    return world


async def pay_out(api: Api, team: Team) -> str:
    vendor, id = api.world.as_vendor(), global_id(team.partner)
    await api.done(vendor, "approveAccruals", "partner { id }", approve(api.world, team))
    made = await api.done(
        vendor,
        "createStatement",
        "statement { id number total { amount } accruals { nodes { status } } }",
        {"partnerId": id, "currencyCode": "USD"},
    )
    assert made["statement"].pop("accruals") == {"nodes": [{"status": "APPROVED"}]}
    statement: str = made["statement"].pop("id")
    assert made == {"statement": {"number": "ST-000001", "total": {"amount": "50.00"}}}
    paid = await api.done(
        vendor,
        "recordPayout",
        "statement { status reference accruals { nodes { status } } }",
        {"statementId": statement, "reference": " SEPA 77 "},
    )
    assert paid == {
        "statement": {
            "status": "PAID",
            "reference": "SEPA 77",
            "accruals": {"nodes": [{"status": "PAID"}]},
        }
    }
    return statement


def approve(world: World, team: Team) -> dict[str, Any]:
    return {"partnerId": global_id(team.partner), "upTo": world.clock.now().isoformat()}


async def test_from_approval_to_payout(api: Api, earning: World):
    await pay_out(api, earning.acme)
    page = await api.data(
        earning.acme.as_admin(),
        "{ viewer { partner { statements { nodes { number } } accruals(where: {status: [PAID]})"
        " { nodes { amount { amount currencyCode } statement { number } } } } } }",
    )
    assert page["viewer"]["partner"] == {
        "statements": {"nodes": [{"number": "ST-000001"}]},
        "accruals": {
            "nodes": [
                {
                    "amount": {"amount": "50.00", "currencyCode": "USD"},
                    "statement": {"number": "ST-000001"},
                }
            ]
        },
    }


async def test_who_sees_what(api: Api, earning: World):
    statement = await pay_out(api, earning.acme)
    acme, rival = earning.acme, earning.rival
    seen = {
        "vendor": (earning.as_vendor(), 2, 1),
        "analyst": (earning.as_analyst(), 2, 1),
        "acme": (acme.as_admin(), 1, 1),
        "acme's app": (acme.as_app(Scope.BILLING_READ, Scope.PARTNERS_READ), 1, 1),
        "rival": (rival.as_admin(), 1, 0),
        "client user": (acme.as_client_user(), 0, 0),
    }
    for who, (actor, accruals, statements_) in seen.items():
        found = await api.data(actor, LISTS)
        assert found["accruals"]["totalCount"] == accruals, who
        assert found["statements"]["totalCount"] == statements_, who
    # An advisor does not even ask for them; what it reaches of them is empty.
    assert await api.error(acme.as_advisor(), "{ accruals { totalCount } }") == "FORBIDDEN"
    document = (
        "{ viewer { partner { accruals { totalCount } statements { totalCount }"
        " clients { nodes { accruals { totalCount } } } } } }"
    )
    for actor in (acme.as_advisor(), acme.as_client_user()):
        found = (await api.data(actor, document))["viewer"]["partner"]
        assert found["accruals"] == found["statements"] == {"totalCount": 0}
        assert [each["accruals"]["totalCount"] for each in found["clients"]["nodes"]] == [0]
    # Nor by its id, which somebody may have heard of.
    mine = await Accrual.get(partner_id=acme.partner.id)
    ids = [encode("Accrual", mine.id), statement]
    for actor in (rival.as_admin(), acme.as_advisor(), acme.as_client_user()):
        found = await api.data(actor, "query($i: [ID!]!) { nodes(ids: $i) { id } }", i=ids)
        assert found == {"nodes": [None, None]}


async def test_who_decides(api: Api, earning: World):
    team = earning.acme
    calls = {
        "approveAccruals": approve(earning, team),
        "createStatement": {"partnerId": global_id(team.partner), "currencyCode": "USD"},
        "recordPayout": {"statementId": unknown_id("Statement"), "reference": "R"},
    }
    for name, input in calls.items():
        type_name = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation($input: {type_name}!) {{ {name}(input: $input) {{ __typename }} }}"
        for actor in _others(earning):
            code = await api.error(actor, document, input={"idempotencyKey": "k", **input})
            assert code == ("UNAUTHENTICATED" if actor is PUBLIC else "FORBIDDEN")


def _others(world: World) -> list[Actor]:
    team = world.acme
    people = [team.as_admin(), team.as_advisor(), team.as_client_user(), team.as_app()]
    return [*people, world.as_analyst(), PUBLIC]


async def test_refusals_name_the_place(api: Api, earning: World):
    vendor, partner = earning.as_vendor(), global_id(earning.acme.partner)
    rivals = await Accrual.get(partner_id=earning.rival.partner.id)
    for name, input, refusals in (
        ("approveAccruals", {"partnerId": partner}, [("INVALID", ("upTo",))]),
        (
            "approveAccruals",
            {"partnerId": partner, "ids": [encode("Accrual", rivals.id)]},
            [("NOT_FOUND", ("ids", "0"))],
        ),
        (
            "approveAccruals",
            {"partnerId": unknown_id("Partner"), "ids": []},
            [("NOT_FOUND", ("partnerId",))],
        ),
        (
            "createStatement",
            {"partnerId": partner, "currencyCode": "USD"},
            [("NOTHING_TO_PAY", ("partnerId",))],
        ),
        (
            "recordPayout",
            {"statementId": unknown_id("Statement"), "reference": "R"},
            [("NOT_FOUND", ("statementId",))],
        ),
    ):
        assert await api.refused(vendor, name, input) == refusals, (name, input)


async def test_every_cent_is_explained_in_one_query(api: Api, earning: World):
    acme = earning.acme
    running = await licence(acme, await another_client(acme, "Newer"))
    _, [line] = await recognised(earning, acme, await term(running, MARCH + MONTH))
    await credited(earning, line, 2_000)
    found = (await api.data(acme.as_admin(), EXPLAINED))["viewer"]["partner"]
    [client] = found["clients"]["nodes"]
    assert client["plan"] == {"code": "FULL_FEATURE", "name": "Full_Feature"}
    newer, older = client["accruals"]["nodes"]
    assert newer["amount"] == {"amount": "-5.00", "currencyCode": "USD"}
    assert newer["line"]["activityRecord"]["amount"]["amount"] == "-20.00"
    assert (older["base"]["amount"], older["rate"], older["amount"]["amount"]) == (
        "200.00",
        "0.25",
        "50.00",
    )
    assert older["rateSource"] == "OVERRIDE"
    assert older["line"]["amount"] == older["line"]["activityRecord"]["amount"]
    assert older["line"]["activityRecord"]["motion"] == "RESALE"
    assert [each["id"] for each in older["reversals"]] == [newer["id"]]
    assert older["line"]["invoice"]["period"] == "2026-03"


async def test_more_clients_take_as_many_statements(api: Api, earning: World):
    acme, counts = earning.acme, []
    for size in (1, 8):
        for number in range(size):
            running = await licence(acme, await another_client(acme, f"Client {size} {number}"))
            for month in range(2):
                charge = await term(running, MARCH + month * MONTH)
                _, [line] = await recognised(earning, acme, charge)
                await credited(earning, line, 1_000)
        with statements() as sent:
            await api.data(acme.as_admin(), EXPLAINED, clients=50)
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_lines_of_invoices_tell_what_they_earn(api: Api, earning: World):
    document = (
        "{ viewer { partner { invoices { nodes { sections { lines { amount { amount }"
        " accruals { amount { amount } line { id } } } } } } } } }"
    )
    found = (await api.data(earning.acme.as_admin(), document))["viewer"]["partner"]["invoices"]
    [line] = found["nodes"][0]["sections"][0]["lines"]
    assert line["accruals"][0]["amount"]["amount"] == "50.00"


REVENUE = """query($from: String, $to: String, $partner: ID) {
    revenueReport(from: $from, to: $to, partnerId: $partner) { csvPath lines {
        period currencyCode mrr { amount } arr { amount } newMrr { amount } newClients
        mrrChurnRate trialConversionRate recognised { kind amount { amount } }
        recognisedTotal { amount currencyCode } partnerIncome { amount } } } }"""


async def test_the_revenue_report(api: Api, earning: World):
    vendor = earning.as_vendor()
    given = {"from": "2026-03", "to": "2026-03"}
    report = (await api.data(vendor, REVENUE, **given))["revenueReport"]
    assert report["csvPath"] == "/exports/revenue.csv?from=2026-03&to=2026-03"
    [line] = report["lines"]
    assert line == {
        "period": "2026-03",
        "currencyCode": "USD",
        "mrr": {"amount": "400.00"},
        "arr": {"amount": "4800.00"},
        "newMrr": {"amount": "400.00"},
        "newClients": 2,
        "mrrChurnRate": None,
        "trialConversionRate": None,
        "recognised": [
            {"kind": kind, "amount": {"amount": "400.00" if kind == "SUBSCRIPTION" else "0.00"}}
            for kind in ("SUBSCRIPTION", "ADVISOR_FEE", "BUNDLE", "CONTENT_SALE")
        ],
        "recognisedTotal": {"amount": "400.00", "currencyCode": "USD"},
        "partnerIncome": {"amount": "100.00"},
    }
    mine = {**given, "partner": global_id(earning.acme.partner)}
    [line] = (await api.data(vendor, REVENUE, **mine))["revenueReport"]["lines"]
    assert line["mrr"] == {"amount": "200.00"}
    nobody = {**given, "partner": unknown_id("Partner")}
    assert await api.data(vendor, REVENUE, **nobody) == {"revenueReport": None}
    assert await api.error(vendor, REVENUE, to="2026-4") == "BAD_USER_INPUT"
    for actor in (earning.acme.as_admin(), earning.acme.as_app(), earning.acme.as_client_user()):
        assert await api.error(actor, REVENUE) == "FORBIDDEN"
        assert await api.error(actor, "{ receivables { asOf } }") == "FORBIDDEN"


async def test_a_partner_sees_its_own_revenue(api: Api, earning: World):
    document = '{ ownRevenue(from: "2026-03") { period mrr { amount } clients } }'
    for actor in (earning.acme.as_admin(), earning.acme.as_app(Scope.BILLING_READ)):
        found = await api.data(actor, document)
        assert found["ownRevenue"] == [
            {"period": "2026-03", "mrr": {"amount": "200.00"}, "clients": 1}
        ]
    for actor in (earning.as_vendor(), earning.acme.as_client_user()):
        assert await api.data(actor, document) == {"ownRevenue": None}
    assert await api.error(earning.acme.as_advisor(), document) == "FORBIDDEN"


RECEIVABLES = """query($first: Int, $after: Cursor, $partner: ID) {
    receivables(first: $first, after: $after, partnerId: $partner) { asOf csvPath
        nodes { partner { slug } amounts { currencyCode invoices total { amount }
            byAge { age amount { amount } } } }
        totals { total { amount } } pageInfo { hasNextPage endCursor } } }"""


async def test_receivables(api: Api, earning: World):
    vendor = earning.as_vendor()
    earning.clock.advance(days=45)  # type: ignore[attr-defined]
    first = (await api.data(vendor, RECEIVABLES, first=1))["receivables"]
    assert first["csvPath"] == "/exports/receivables.csv?asOf=2026-04-16T09%3A30%3A00Z"
    assert first["totals"] == [{"total": {"amount": "400.00"}}]
    [node] = first["nodes"]
    [amounts] = node["amounts"]
    assert amounts["byAge"][1] == {"age": "DAYS_1_TO_30", "amount": {"amount": "200.00"}}
    assert [each["amount"]["amount"] for each in amounts["byAge"]].count("0.00") == 4
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = (await api.data(vendor, RECEIVABLES, first=1, after=after))["receivables"]
    assert {node["partner"]["slug"], second["nodes"][0]["partner"]["slug"]} == {"acme", "rival"}
    assert second["pageInfo"]["hasNextPage"] is False
    mine = await api.data(vendor, RECEIVABLES, partner=global_id(earning.acme.partner))
    assert [each["partner"]["slug"] for each in mine["receivables"]["nodes"]] == ["acme"]
    nobody = await api.data(vendor, RECEIVABLES, partner=unknown_id("Partner"))
    assert nobody == {"receivables": None}
