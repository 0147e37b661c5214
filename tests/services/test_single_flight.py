"""Questions asked at the same time are asked once."""

import asyncio

import pytest

from app.events.single_flight import SingleFlight


class Oracle:
    """Answers when it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def double(self, number: int) -> int:
        self.asked += 1
        await self.may_answer.wait()
        if number < 0:
            raise ValueError("negative")
        return 2 * number


async def asking(flight: SingleFlight, oracle: Oracle, *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(flight.ask(n, oracle.double, n)) for n in numbers]
    await asyncio.sleep(0.01)
    return tasks


async def test_equal_questions_share_an_answer_and_others_get_their_own() -> None:
    flight, oracle = SingleFlight(), Oracle()
    tasks = await asking(flight, oracle, 1, 1, 2, 1)
    oracle.may_answer.set()
    assert await asyncio.gather(*tasks) == [2, 2, 4, 2]
    assert oracle.asked == 2


async def test_an_answer_is_not_kept() -> None:
    flight, oracle = SingleFlight(), Oracle()
    oracle.may_answer.set()
    for _ in range(3):
        assert await flight.ask("same", oracle.double, 4) == 8
    assert oracle.asked == 3
    assert len(flight) == 0


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_after() -> None:
    flight, oracle = SingleFlight(), Oracle()
    tasks = await asking(flight, oracle, -1, -1)
    oracle.may_answer.set()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(error) for error in told] == ["negative", "negative"]
    assert await flight.ask(-1, oracle.double, 1) == 2


@pytest.mark.parametrize("gone", [(0,), (1,), (0, 1), (0, 1, 2)])
async def test_who_is_cancelled_leaves_the_others_waiting(gone: tuple[int, ...]) -> None:
    flight, oracle = SingleFlight(), Oracle()
    tasks = await asking(flight, oracle, 3, 3, 3)
    for index in gone:
        tasks[index].cancel()
    await asyncio.sleep(0)
    oracle.may_answer.set()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    for index, answer in enumerate(told):
        assert isinstance(answer, asyncio.CancelledError) if index in gone else answer == 6
    await asyncio.sleep(0.01)
    assert len(flight) == 0
