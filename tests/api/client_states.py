"""States of clients that are alike, for tests of what can be done in each."""

from collections.abc import Awaitable, Callable

from tortoise.queryset import QuerySet

from app.persistence.models import (
    AdvisorAssignment,
    Client,
    Partner,
    Price,
    PriceBook,
    Subscription,
)
from tests.clients import leave_slots
from tests.world import LONG_AGO, World

Change = Callable[[World], Awaitable[object]]


def alike() -> QuerySet[Client]:
    """The clients of `many`."""
    return Client.filter(domain__endswith=".many.example")


async def unchanged(world: World) -> None:
    """ACTIVE and FREE, with slots and prices."""


async def suspended(world: World) -> None:
    await alike().update(status="SUSPENDED")


async def archived(world: World) -> None:
    await alike().update(status="ARCHIVED", archived_at=LONG_AGO)


async def archived_and_taken(world: World) -> None:
    await alike().update(status="ARCHIVED", archived_at=LONG_AGO, domain="client.example")


async def partner_suspended(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")


async def all_suspended(world: World) -> None:
    await suspended(world)
    await partner_suspended(world)


async def archived_under_a_suspended_partner(world: World) -> None:
    await archived(world)
    await partner_suspended(world)


async def no_slot(world: World) -> None:
    await leave_slots(world.acme, 0)


async def no_slot_and_no_price(world: World) -> None:
    await no_slot(world)
    later = world.clock.now().replace(year=2030)
    await PriceBook.filter(currency_code="USD").update(effective_from=later)


async def assessed(world: World) -> None:
    await alike().update(plan_id="ASSESSMENT_ONLY")


async def licensed(world: World) -> None:
    price = await Price.filter(bracket_id="11-50", interval="MONTH").first()
    await alike().update(plan_id="FULL_FEATURE")
    await Subscription.bulk_create(
        Subscription(
            partner_id=world.acme.partner.id,
            client_id=client.id,
            plan_id="FULL_FEATURE",
            former_plan_id="FREE",
            bracket_id="11-50",
            price=price,
            status="ACTIVE",
            payer="PARTNER",
            interval="MONTH",
            currency_code="USD",
            amount_minor=20_000,
            started_at=LONG_AGO,
            billing_starts_at=LONG_AGO,
            due_at=world.clock.now().replace(year=2030),
        )
        for client in await alike()
    )


async def cancelled(world: World) -> None:
    await licensed(world)
    await Subscription.all().update(ends_at=world.clock.now().replace(year=2030))


async def looked_at(world: World) -> None:
    await AdvisorAssignment.all().update(role="VIEWER")


STATES: list[Change] = [
    *(unchanged, suspended, archived, archived_and_taken, partner_suspended, all_suspended),
    *(archived_under_a_suspended_partner, no_slot, no_slot_and_no_price, assessed, licensed),
    *(cancelled, looked_at),
]


async def add_many(world: World) -> list[Client]:
    """Clients that are alike, in each of which the advisor works: one for each deed."""
    acme = world.acme
    clients = [
        Client(
            partner=acme.partner,
            name=f"C {n}",
            name_key=f"c {n:02}",
            domain=f"c{n:02}.many.example",
            bracket_id="11-50",
            size_source="DECLARED",
            plan_id="FREE",
            created_at=LONG_AGO,
        )
        for n in range(60)
    ]
    await Client.bulk_create(clients)
    await AdvisorAssignment.bulk_create(
        AdvisorAssignment(
            partner_id=acme.partner.id,
            client_id=client.id,
            advisor_id=acme.advisor.id,
            assigned_at=LONG_AGO,
        )
        for client in clients
    )
    await leave_slots(acme, 20)
    return clients
