"""A demo's clock: forward once for each call, for all processes, and across restarts."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.api_keys import NewKey, create_key, verify_key
from app.auth.people import by_subject
from app.auth.refusal import Reason, Unauthenticated
from app.cli import shared
from app.domain.clock import Move, SandboxClock, moved_offset, real_clock
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.identity import Role
from app.persistence.models import Advisor, Vendor
from app.services.vendor import sandbox
from app.services.vendor.advance_clock import AdvanceClock, advance_clock
from app.services.vendor.sandbox import catch_up, follow, stored_offset
from app.settings import Settings
from tests.conftest import ManualClock
from tests.events import until
from tests.refusals import audited, outcome, refused, told
from tests.world import World

DAY = 86_400
SECRET = b"s" * 32


@pytest.fixture
def sandbox_clock(clock: ManualClock) -> SandboxClock:
    return SandboxClock(clock)


def caller(world: World, clock):
    return replace(world.caller(world.as_vendor()), clock=clock)


async def advance(world: World, clock, key: str = "k", **by: float):
    return await advance_clock(caller(world, clock), AdvanceClock(key, Move(by=timedelta(**by))))


def test_it_is_ahead_and_never_goes_back(clock):
    sandbox_clock, start = SandboxClock(clock, 60), clock.now()
    assert sandbox_clock.now() == start + timedelta(minutes=1)
    assert not sandbox_clock.move_to(59)
    assert sandbox_clock.move_to(120)
    latest = sandbox_clock.now()
    assert latest == start + timedelta(minutes=2)
    # The machine's clock is set back: time stands still until it has caught up.
    clock.advance(minutes=-5)
    assert sandbox_clock.now() == latest
    clock.advance(minutes=6)
    assert sandbox_clock.now() == latest + timedelta(minutes=1)


@given(
    st.integers(0, 10**9),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=3_660)),
    st.integers(0, 999_999),
)
def test_a_moment_is_reached_within_a_second(offset, ahead, microseconds):
    clock = SandboxClock(ManualClock(datetime(2026, 1, 1, 0, 0, 0, microseconds, tzinfo=UTC)))
    moment = clock.at_offset(offset) + ahead
    for move in (Move(to=moment), Move(by=ahead)):
        moved = moved_offset(clock, offset, move)
        if isinstance(moved, Problem):
            assert offset * timedelta(seconds=1) + ahead > timedelta(days=18_299)
        else:
            assert timedelta(0) <= clock.at_offset(moved) - moment < timedelta(seconds=1)


@pytest.mark.parametrize("seconds", [0, -1, 3_660 * DAY + 1])
def test_a_move_goes_forward_and_not_too_far(clock, seconds):
    sandbox_clock, span = SandboxClock(clock), timedelta(seconds=seconds)
    by = moved_offset(sandbox_clock, 0, Move(by=span))
    to = moved_offset(sandbox_clock, 0, Move(to=clock.now() + span))
    assert (by.code, by.field) == (ErrorCode.INVALID, ("move", "by"))
    assert (to.code, to.field) == (ErrorCode.INVALID, ("move", "to"))


async def test_time_moves_and_the_move_is_told(world: World, clock, sandbox_clock):
    before = sandbox_clock.now()
    assert await advance(world, sandbox_clock, days=15) == {"vendor": world.vendor.id}
    after = before + timedelta(days=15)
    assert sandbox_clock.now() == after
    [event] = await told("CLOCK_ADVANCED")
    assert (event.occurred_at, event.subject_id, event.partner_id) == (after, world.vendor.id, None)
    assert event.data == {"before": before.isoformat(), "after": after.isoformat()}
    [entry] = await audited("advanceClock")
    assert (entry.at, entry.actor_id) == (before, world.vendor_admin.id)
    # It goes on from there.
    clock.advance(hours=1)
    assert sandbox_clock.now() == after + timedelta(hours=1)


async def test_a_repeat_moves_nothing_twice(world: World, clock, sandbox_clock):
    await advance(world, sandbox_clock, days=15)
    await advance(world, sandbox_clock, days=15)
    assert sandbox_clock.offset_seconds == 15 * DAY
    assert len(await told("CLOCK_ADVANCED")) == 1
    with pytest.raises(Refused) as reused:
        await advance(world, sandbox_clock, days=16)
    assert reused.value.problems[0].code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert sandbox_clock.offset_seconds == 15 * DAY


async def test_moves_at_once_add_up_or_are_refused(world: World, sandbox_clock):
    calls = [outcome(advance(world, sandbox_clock, str(n), days=1)) for n in range(5)]
    done = [result for result in await asyncio.gather(*calls) if not isinstance(result, Refused)]
    assert done
    assert await stored_offset(world.database) == len(done) * DAY
    assert sandbox_clock.offset_seconds == len(done) * DAY
    moments = [event.occurred_at for event in await told("CLOCK_ADVANCED")]
    assert len(moments) == len(done)


async def test_only_a_sandbox_moves(world: World, clock):
    async with refused(ErrorCode.NOT_A_SANDBOX):
        await advance(world, clock, days=1)
    assert real_clock(clock) is clock


async def test_a_refused_move_leaves_time_as_it_was(world: World, clock, sandbox_clock):
    async with refused(ErrorCode.INVALID, "move", "by"):
        await advance(world, sandbox_clock, days=-1)
    await Vendor.all().update(clock_offset_seconds=18_299 * DAY)
    async with refused(ErrorCode.INVALID, "move", "by"):
        await advance(world, sandbox_clock, days=2)
    assert sandbox_clock.now() == clock.now()


async def test_a_restart_keeps_the_time(world: World, clock, sandbox_clock):
    await advance(world, sandbox_clock, days=400)
    # Real time stood still meanwhile.
    started = SandboxClock(clock)
    await catch_up(world.database, started)
    assert started.now() == sandbox_clock.now()


async def test_another_process_catches_up_and_wakes_who_waits(
    world: World, clock, sandbox_clock, monkeypatch
):
    monkeypatch.setattr(sandbox, "LOOK_SECONDS", 0.001)
    there, seen = SandboxClock(clock), []
    await advance(world, sandbox_clock, days=1)
    world.database.after_commit.append(lambda: seen.append(there.now()))
    following = asyncio.create_task(follow(world.database, there))
    await until(lambda: seen)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert there.now() == sandbox_clock.now()
    assert seen == [sandbox_clock.now()]


async def test_who_waits_for_time_is_woken_at_the_new_time(world: World, sandbox_clock):
    seen = []
    world.database.after_commit.append(lambda: seen.append(sandbox_clock.now()))
    await advance(world, sandbox_clock, days=1)
    assert seen[-1] == sandbox_clock.now() == sandbox_clock.real.now() + timedelta(days=1)


async def test_keys_expire_by_real_time(world: World, clock, sandbox_clock):
    expires_at = clock.now() + timedelta(days=1)
    new = NewKey("k", Role.VENDOR_ADMIN, world.vendor_admin.id, expires_at=expires_at)
    made = await create_key(world.database, sandbox_clock, SECRET, new)
    await advance(world, sandbox_clock, days=400)
    actor = await verify_key(world.database, sandbox_clock, SECRET, made.text)
    assert actor.user_id == world.vendor_admin.id
    clock.advance(days=1)
    with pytest.raises(Unauthenticated) as late:
        await verify_key(world.database, sandbox_clock, SECRET, made.text)
    assert late.value.reason is Reason.KEY_EXPIRED


async def test_people_come_and_go_by_the_time_of_the_service(world: World, clock, sandbox_clock):
    advisor = world.acme.advisor
    leaves = clock.now() + timedelta(days=10)
    await Advisor.filter(id=advisor.id).update(subject="adam", active_to=leaves)
    assert (await by_subject(world.database, "adam", sandbox_clock.now())).user_id == advisor.id
    await advance(world, sandbox_clock, days=10)
    with pytest.raises(Unauthenticated):
        await by_subject(world.database, "adam", sandbox_clock.now())


async def test_commands_go_by_the_time_of_a_demo_only(world: World, sandbox_clock, capsys):
    await advance(world, sandbox_clock, days=15)
    demo = await shared.service_clock(Settings(_env_file=None, demo=True), world.database)
    ahead = demo.now() - shared.clock.now()
    assert timedelta(days=14, hours=23) < ahead <= timedelta(days=15)
    other = await shared.service_clock(Settings(_env_file=None), world.database)
    assert other is shared.clock
    assert "PARTNERGRAPH_DEMO" in capsys.readouterr().err
