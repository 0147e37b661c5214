"""What is shared for a moment: never older than a commit here, nor than a second."""

import asyncio

import pytest

from app.auth.api_keys import NewKey, create_key, revoke_key
from app.auth.authenticate import make_authenticator
from app.auth.refusal import Reason, Unauthenticated
from app.auth.secrets import server_secret
from app.domain.identity import Role
from app.persistence.models import ApiKey
from app.persistence.shared_answers import Recent
from app.settings import Settings
from tests.contract.recorded_sql import statements
from tests.world import World


class Well:
    """Gives a number, a higher one each time; when it is told to."""

    def __init__(self) -> None:
        self.drawn = 0
        self.open = asyncio.Event()
        self.open.set()

    async def draw(self) -> int:
        self.drawn += 1
        number = self.drawn
        await self.open.wait()
        return number


async def test_an_answer_is_shared_for_a_second(database, clock):
    recent: Recent[int] = Recent(database, clock, 10)
    well = Well()
    assert [await recent.get("a", well.draw) for _ in range(3)] == [1, 1, 1]
    clock.advance(milliseconds=999)
    assert await recent.get("a", well.draw) == 1
    assert await recent.get("b", well.draw) == 2
    clock.advance(milliseconds=1)
    assert await recent.get("a", well.draw) == 3


async def test_a_commit_ends_it(database, clock):
    recent: Recent[int] = Recent(database, clock, 10)
    well = Well()
    well.open.clear()
    before = asyncio.ensure_future(recent.get("a", well.draw))
    await asyncio.sleep(0)

    async def nothing() -> None:
        pass

    await database.transaction(nothing)
    after = asyncio.ensure_future(recent.get("a", well.draw))
    await asyncio.sleep(0)
    well.open.set()
    # What was asked before the commit may not know of it: nobody gets it who asks afterwards.
    assert (await before, await after) == (1, 2)
    assert await recent.get("a", well.draw) == 2


async def test_who_goes_away_takes_nothing_from_the_others(database, clock):
    recent: Recent[int] = Recent(database, clock, 10)
    well = Well()
    well.open.clear()
    asking = [asyncio.ensure_future(recent.get("a", well.draw)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    well.open.set()
    assert await asyncio.gather(*asking[1:]) == [1, 1]
    assert asking[0].cancelled()


async def test_a_failure_is_told_and_not_kept(database, clock):
    recent: Recent[int] = Recent(database, clock, 10)
    answers = iter([ValueError("no"), 7])

    async def ask() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="no"):
        await recent.get("a", ask)
    await asyncio.sleep(0)
    assert await recent.get("a", ask) == 7


async def test_no_more_are_kept_than_said(database, clock):
    recent: Recent[int] = Recent(database, clock, 2)
    well = Well()
    for key in "abc":
        await recent.get(key, well.draw)
    assert await recent.get("c", well.draw) == 3
    assert await recent.get("a", well.draw) == 4


async def test_a_key_is_read_once_a_second_and_a_revoked_one_stops_at_once(
    world: World, clock, tmp_path
):
    settings = Settings(data_dir=tmp_path)
    authenticator = make_authenticator(settings, world.database, clock)
    wanted = NewKey("test", Role.ADVISOR, world.acme.advisor.id)
    key = await create_key(world.database, clock, server_secret(settings), wanted)
    given = f"Bearer {key.text}"
    with statements() as seen:
        for _ in range(5):
            assert (await authenticator.authenticate(given)).user_id == world.acme.advisor.id
    assert len(seen) == 1
    # The same public id with another secret is another key, and nobody's.
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(given[:-1] + ("a" if given[-1] != "a" else "b"))
    await revoke_key(world.database, clock, key.public_id)
    with pytest.raises(Unauthenticated) as refused:
        await authenticator.authenticate(given)
    assert refused.value.reason is Reason.KEY_REVOKED


async def test_a_key_that_another_process_revokes_stops_within_a_second(
    world: World, clock, tmp_path
):
    settings = Settings(data_dir=tmp_path)
    authenticator = make_authenticator(settings, world.database, clock)
    wanted = NewKey("test", Role.ADVISOR, world.acme.advisor.id)
    key = await create_key(world.database, clock, server_secret(settings), wanted)
    await authenticator.authenticate(f"Bearer {key.text}")
    # Outside of this process's units of work: nothing tells the server.
    await ApiKey.filter(id=key.id).update(revoked_at=clock.now())
    clock.advance(seconds=1)
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(f"Bearer {key.text}")
