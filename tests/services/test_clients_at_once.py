"""Calls that meet: one wins, the others get a clear answer, and nothing is done twice."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from app.domain.errors import ErrorCode, Refused
from app.domain.plans import PlanCode
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    SlotEntry,
    Subscription,
    Trial,
)
from app.services.advisors.assign_advisor import AssignAdvisor, assign_advisor
from app.services.billing.slots import available
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.create_client import create_client
from app.services.clients.upgrade_client import upgrade_client
from app.services.partners.locking import lock_partner
from tests.clients import created, leave_slots, live_subscriptions, new_client, to_plan
from tests.refusals import Outcome, audited, outcome, told
from tests.world import World


def codes(outcomes: Iterable[Outcome]) -> list[ErrorCode]:
    refusals = (each for each in outcomes if isinstance(each, Refused))
    return [refusal.problems[0].code for refusal in refusals]


async def test_the_last_slot_is_sold_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    # More than one round: in the first, connections are still being opened one after another.
    for round in range(1, 4):
        await leave_slots(world.acme, 1)

        outcomes = await asyncio.gather(
            *(
                outcome(
                    create_client(
                        caller,
                        new_client(
                            plan_code=PlanCode.ASSESSMENT_ONLY, domain=f"c{n}.r{round}.example"
                        ),
                    )
                )
                for n in range(6)
            )
        )

        assert codes(outcomes) == [ErrorCode.NO_SLOTS_AVAILABLE] * 5
        assert await available(world.acme.partner.id) == 0
        assert await SlotEntry.filter(kind="CONSUMED").count() == round
        assert len(await told("CLIENT_CREATED")) == round


async def test_the_last_slot_is_taken_by_a_new_client_or_an_upgrade(world: World) -> None:
    await leave_slots(world.acme, 1)
    caller = world.caller(world.acme.as_admin())

    outcomes = await asyncio.gather(
        outcome(create_client(caller, new_client(plan_code=PlanCode.ASSESSMENT_ONLY))),
        outcome(upgrade_client(caller, to_plan(world.acme.client, PlanCode.ASSESSMENT_ONLY))),
    )

    assert codes(outcomes) == [ErrorCode.NO_SLOTS_AVAILABLE]
    assert await Client.filter(plan_id="ASSESSMENT_ONLY").count() == 1
    assert await available(world.acme.partner.id) == 0


async def test_twenty_calls_with_one_key_create_one_client(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    input = new_client(plan_code=PlanCode.ASSESSMENT_ONLY)

    results = await asyncio.gather(*(create_client(caller, input) for _ in range(20)))

    assert len({result["client"] for result in results}) == 1
    assert await Client.filter(domain="newco.example").count() == 1
    assert await available(world.acme.partner.id) == 1
    assert len(await told("CLIENT_CREATED")) == len(await audited("createClient")) == 1


async def test_a_second_upgrade_at_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    client = world.acme.client

    outcomes = await asyncio.gather(
        *(outcome(upgrade_client(caller, to_plan(client, PlanCode.FULL_FEATURE))) for _ in range(5))
    )

    assert codes(outcomes) == [ErrorCode.ALREADY_ON_PLAN] * 4
    assert await Trial.filter(client_id=client.id).count() == 1
    assert await Subscription.filter(client_id=client.id).count() == 1
    assert len(await told("CLIENT_UPGRADED")) == 1


async def test_one_domain_twice_at_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())

    outcomes = await asyncio.gather(
        *(outcome(create_client(caller, new_client())) for _ in range(4))
    )

    assert codes(outcomes) == [ErrorCode.DOMAIN_TAKEN] * 3
    assert await Client.filter(domain="newco.example").count() == 1


async def test_one_domain_at_two_partners_at_once_is_marked(world: World) -> None:
    callers = [world.caller(team.as_admin()) for team in (world.acme, world.rival)]
    for round in range(5):
        domain = f"shared{round}.example"
        await asyncio.gather(
            *(create_client(caller, new_client(domain=domain)) for caller in callers)
        )
        assert [c.domain_shared for c in await Client.filter(domain=domain)] == [True, True]


async def test_clients_of_two_partners_with_one_domain_come_and_go_at_once(world: World) -> None:
    async def come_and_go(team_name: str, key: int) -> UUID:
        team = getattr(world, team_name)
        caller = world.caller(team.as_admin())
        ids = await create_client(caller, new_client(idempotency_key=f"c{key}"))
        await archive_client(caller, ArchiveClient(f"a{key}", ids["client"]))
        return ids["client"]

    for key in range(5):
        await asyncio.gather(come_and_go("acme", key), come_and_go("rival", key))

    assert await Client.filter(domain="newco.example", status="ARCHIVED").count() == 10
    assert not await Client.exists(domain="newco.example", domain_shared=True)


async def test_an_upgrade_and_an_archive_at_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    for round in range(3):
        client = await created(world, world.acme, domain=f"c{round}.example")

        upgraded, archived = await asyncio.gather(
            outcome(upgrade_client(caller, to_plan(client, PlanCode.FULL_FEATURE))),
            outcome(archive_client(caller, ArchiveClient(f"archive {round}", client.id))),
        )

        assert not isinstance(archived, Refused)
        assert codes([upgraded]) in ([], [ErrorCode.CLIENT_NOT_ACTIVE])
        # Whoever came first: nobody pays for an archived client.
        assert await live_subscriptions(client) == []


async def test_an_assignment_and_an_archive_at_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    client = await created(world, world.acme)

    await asyncio.gather(
        outcome(assign_advisor(caller, AssignAdvisor("assign", client.id, world.acme.advisor.id))),
        outcome(archive_client(caller, ArchiveClient("archive", client.id))),
    )

    assert not await AdvisorAssignment.exists(client_id=client.id, ended_at=None)


async def test_an_advisor_who_is_taken_out_while_a_change_waits(world: World) -> None:
    acme, locked = world.acme, asyncio.Event()

    async def take_out() -> None:
        await lock_partner(acme.partner.id)
        locked.set()
        # On SQLite the change does not even begin before this unit has ended.
        if world.database.dialect == "postgres":
            await until_one_waits_for_a_lock(world)
        await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(
            ended_at=world.clock.now()
        )

    taking_out = asyncio.create_task(world.database.transaction(take_out))
    await locked.wait()
    change = to_plan(acme.client, PlanCode.FULL_FEATURE)
    async with asyncio.timeout(20):
        upgraded, _ = await asyncio.gather(
            outcome(upgrade_client(world.caller(acme.as_advisor()), change)), taking_out
        )

    assert codes([upgraded]) == [ErrorCode.NOT_FOUND]


async def until_one_waits_for_a_lock(world: World) -> None:
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    while not await world.database.rows(waiting, []):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)


async def test_one_assignment_twice_at_once(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    client = await created(world, world.acme)

    outcomes = await asyncio.gather(
        *(
            outcome(assign_advisor(caller, AssignAdvisor(key, client.id, world.acme.advisor.id)))
            for key in ("one", "two")
        )
    )

    assert codes(outcomes) == [ErrorCode.ALREADY_DONE]
