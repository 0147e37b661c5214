"""One trial for each customer, by policy, and none for who has paid."""

import asyncio

import pytest

from app.domain.plans import PlanCode, TrialScope
from app.persistence.models import BillingPolicy, Client, Subscription, Trial, TrialTerm
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.billing.trials import customers_without_trial, trial_used
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.check_create_client import check_create_client
from app.services.clients.import_clients import ImportClients, import_clients
from app.services.clients.quote_client import QuoteClient, quote_client
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, new_client, to_plan
from tests.world import LONG_AGO, Team, World

FULL = PlanCode.FULL_FEATURE
CLIENT, PARTNER, CUSTOMER = TrialScope


async def upgrade(world: World, team: Team, client: Client) -> bool:
    """Whether a trial starts."""
    await upgrade_client(world.caller(team.as_admin()), to_plan(client, FULL))
    return await Trial.exists(client_id=client.id)


async def leave(world: World, team: Team, client: Client) -> None:
    caller = world.caller(team.as_admin())
    await cancel_subscription(caller, CancelSubscription(f"cancel {client.id}", client.id))
    await archive_client(caller, ArchiveClient(f"archive {client.id}", client.id))


async def trials_on_creation(days: int = 7) -> None:
    await TrialTerm.filter(plan_id=FULL, way_in="CREATE").delete()
    await TrialTerm.create(plan_id=FULL, way_in="CREATE", trial_days=days, effective_from=LONG_AGO)


@pytest.mark.parametrize(
    ("scope", "same_partner", "other_partner"),
    [(CLIENT, True, True), (PARTNER, False, True), (CUSTOMER, False, False)],
)
async def test_a_trial_that_was_cancelled_counts_for_the_domain(
    world: World, scope: TrialScope, same_partner: bool, other_partner: bool
) -> None:
    await BillingPolicy.all().update(trial_scope=scope)
    first = await created(world, world.acme)
    assert await upgrade(world, world.acme, first)
    await leave(world, world.acme, first)

    again = await created(world, world.acme, domain="https://www.NEWCO.example/")
    elsewhere = await created(world, world.rival)

    assert await upgrade(world, world.acme, again) is same_partner
    assert await upgrade(world, world.rival, elsewhere) is other_partner
    assert await upgrade(world, world.acme, world.acme.client)
    running = await Subscription.get(client_id=again.id)
    assert (running.status == "TRIALING") is same_partner


@pytest.mark.parametrize("scope", TrialScope)
async def test_who_has_paid_gets_no_trial(world: World, scope: TrialScope) -> None:
    await BillingPolicy.all().update(trial_scope=scope)
    client = await created(world, world.acme, plan_code=FULL)
    now = world.clock.now()
    assert await trial_used(client, now)
    assert not await trial_used(world.acme.client, now)


async def test_without_a_policy_a_customer_gets_one(world: World) -> None:
    client = await created(world, world.acme)
    await BillingPolicy.all().delete()
    other = await created(world, world.rival)
    assert await upgrade(world, world.acme, client)
    assert not await upgrade(world, world.rival, other)


async def test_quote_and_reality_agree_about_new_clients(world: World) -> None:
    await trials_on_creation()
    caller = world.caller(world.rival.as_admin())
    fresh = new_client(plan_code=FULL, domain="fresh.example")
    used = new_client(plan_code=FULL)
    first = await created(world, world.acme, plan_code=FULL)
    assert await Trial.exists(client_id=first.id)

    for input, days in ((fresh, 7), (used, 0)):
        check = await check_create_client(caller, input)
        ask = QuoteClient(FULL, employee_count=42, domain=input.domain)
        quoted = await quote_client(caller, ask)
        for offer in (check.offered.quote, quoted.offered.quote):
            assert offer and (offer.trial_days, offer.trial_refused) == (days, days == 0)
        client = await created(
            world, world.rival, plan_code=FULL, domain=input.domain, name="Other"
        )
        assert await Trial.filter(client_id=client.id).count() == (days > 0)


async def test_an_import_gives_a_trial_to_those_that_had_none(world: World) -> None:
    await trials_on_creation()
    await created(world, world.acme, plan_code=FULL)
    text = "name,domain,employees\nUsed,www.newco.example,5\nFresh,fresh.example,5\n"
    input = ImportClients("import", text, FULL)
    ids = await import_clients(world.caller(world.rival.as_admin()), input)
    with_trial = [await Trial.exists(client_id=id) for id in ids.values()]
    assert with_trial == [False, True]


async def test_no_domain_is_looked_up_if_no_new_client_gets_a_trial(world: World) -> None:
    await created(world, world.acme, plan_code=FULL)
    now = world.clock.now()
    found = await customers_without_trial(world.rival.partner.id, ["newco.example"], now)
    assert found == frozenset()


async def test_two_upgrades_of_a_customer_at_once_start_one_trial(world: World) -> None:
    first = await created(world, world.acme)
    second = await created(world, world.rival)
    await asyncio.gather(upgrade(world, world.acme, first), upgrade(world, world.rival, second))
    assert await Trial.all().count() == 1
    assert await Subscription.all().count() == 2
