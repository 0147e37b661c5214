"""A licence through its first year: what each term costs and who pays for it, and why."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.auth.actor import Actor
from app.services.billing.lifecycle import bring_to
from tests.api.calls import Api, global_id
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
PRICE_RISE = """
priceBooks:
  - currency: USD
    name: US dollar, from summer on
    effectiveFrom: 2026-06-30T22:00:00Z     # 1 July where the vendor is
    prices:
      FULL_FEATURE:
        MONTH: {"1-10": 110, "11-50": "220.50", "51-200": 330, "201+": 440}
"""
TERMS = """{ client(id: "%s") { plan { code } subscription {
    status renewsAt endsAt
    terms(first: 20) { nodes {
        startsAt payer bracket { code } days fullDays fullPrice { amount } charge { amount }
    } }
} } }"""


async def do(api: Api, actor: Actor, name: str, **input: Any) -> None:
    """A mutation that is not refused."""
    await api.done(actor, name, "__typename", input)


async def until(world: World, month: int, day: int = 1, hour: int = 0) -> None:
    """Time goes by, and the service sees to what is due."""
    moment = datetime(2026, month, day, hour, tzinfo=BERLIN)
    world.clock.at = moment  # type: ignore[attr-defined]
    await bring_to(world.database, moment)


async def test_a_price_rise_a_larger_client_and_a_switch_of_who_pays(
    api: Api, world: World
) -> None:
    client, admin, vendor = global_id(world.acme.client), world.acme.as_admin(), world.as_vendor()
    # On 2 March: a trial of two weeks.
    await do(api, admin, "upgradeClient", clientId=client, planCode="FULL_FEATURE")
    await until(world, 4, 20)
    # It grows out of its size in April, and is charged for it from May on.
    await do(api, admin, "changeClientSize", clientId=client, size={"employeeCount": 51})
    await until(world, 5, 10)
    await do(api, vendor, "importCatalogue", text=PRICE_RISE)
    await until(world, 8, 15)
    # From September on the client pays itself.
    partner = {"partnerId": global_id(world.acme.partner), "billingModel": "NON_RESELLER"}
    await do(api, vendor, "setBillingModel", **partner)
    await until(world, 9, 20)
    await do(api, admin, "cancelSubscription", clientId=client)

    found = (await api.data(admin, TERMS % client))["client"]
    assert found["plan"] == {"code": "FULL_FEATURE"}
    subscription = found["subscription"]
    assert (subscription["status"], subscription["renewsAt"]) == ("ACTIVE", None)
    assert subscription["endsAt"] == "2026-09-30T22:00:00Z"
    terms = list(reversed(subscription["terms"]["nodes"]))
    assert [
        (
            *(term["startsAt"][:10], term["payer"], term["bracket"]["code"]),
            *(term["days"], term["fullPrice"]["amount"], term["charge"]["amount"]),
        )
        for term in terms
    ] == [
        ("2026-03-16", "PARTNER", "11-50", 16, "200.00", "103.23"),
        ("2026-03-31", "PARTNER", "11-50", 30, "200.00", "200.00"),
        ("2026-04-30", "PARTNER", "51-200", 31, "300.00", "300.00"),
        ("2026-05-31", "PARTNER", "51-200", 30, "300.00", "300.00"),
        ("2026-06-30", "PARTNER", "51-200", 31, "330.00", "330.00"),
        ("2026-07-31", "PARTNER", "51-200", 31, "330.00", "330.00"),
        ("2026-08-31", "CLIENT", "51-200", 30, "330.00", "330.00"),
    ]

    await until(world, 12)
    found = (await api.data(admin, TERMS % client))["client"]
    assert found["plan"] == {"code": "FREE"}
    assert found["subscription"]["status"] == "CANCELLED"
    assert len(found["subscription"]["terms"]["nodes"]) == len(terms)


async def test_whoever_tries_it_out_and_leaves_pays_nothing(api: Api, world: World) -> None:
    client, admin = global_id(world.acme.client), world.acme.as_admin()
    await do(api, admin, "upgradeClient", clientId=client, planCode="ASSESSMENT_ONLY")
    await do(api, admin, "upgradeClient", clientId=client, planCode="FULL_FEATURE")
    await until(world, 3, 16, 10)
    await do(api, admin, "cancelSubscription", clientId=client)
    await until(world, 12)

    found = (await api.data(admin, TERMS % client))["client"]
    # Back on the plan that took a slot, which it still has; no second one was taken.
    assert found["plan"] == {"code": "ASSESSMENT_ONLY"}
    assert found["subscription"]["terms"]["nodes"] == []
    slots = await api.data(admin, "{ viewer { partner { slots { consumed available } } } }")
    assert slots["viewer"]["partner"]["slots"] == {"consumed": 1, "available": 1}
