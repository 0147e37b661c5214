"""A part of the hostile input that `make soak` sends in full: nothing of it is a bug."""

from pathlib import Path

from tests.hostile.corpus import cases, known_of
from tests.hostile.driver import Report, drive
from tests.hostile.serving import target

CASES = 2000


async def test_nothing_hostile_finds_a_bug(sqlite_demo: tuple[Path, str]):
    with target(sqlite_demo[0]) as attacked:
        report = Report()
        await drive(attacked.port, cases(known_of(attacked.url), CASES), report)
        assert report.wrong == []
        assert attacked.bugs() == []
        assert sum(report.seen.values()) == CASES
        assert {"http 200", "http 400", "ws 4400", "ws 1002", "handshake 400"} <= set(report.seen)
