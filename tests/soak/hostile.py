"""100,000 hostile requests and conversations: no bug, no close that says nothing, no stall."""

from contextlib import ExitStack
from typing import Any

from tests import database_templates
from tests.hostile.corpus import cases, known_of
from tests.hostile.driver import Report, drive
from tests.hostile.serving import target
from tests.soak.harness import Bench

CASES = 100_000


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Send them all to a demo of its own. Raises AssertionError with what was wrong."""
    data, url = bench.new_folder(), ""
    with ExitStack() as stack:
        if database == "postgres":
            server = stack.enter_context(database_templates.started_postgres())
            url = stack.enter_context(database_templates.own_postgres(server))
        database_templates.load_demo(data, url)
        attacked = stack.enter_context(target(data, url))
        report = Report()
        await drive(attacked.port, cases(known_of(attacked.url), CASES), report)
        assert not report.wrong, report.wrong[:20]
        assert not attacked.bugs(), attacked.bugs()[:20]
        assert not attacked.stalls(), attacked.stalls()[:20]
        pause = attacked.collected()
    seen = dict(report.seen.most_common())
    return {"cases": sum(report.seen.values()), "longest collection in ms": pause, **seen}
