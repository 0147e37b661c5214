"""Every mutation, in a server that is killed (SIGKILL) at one of its statements.

Here every third mutation is killed once, around its COMMIT or elsewhere; `make soak` kills each at
every statement.
"""

from itertools import cycle
from pathlib import Path

from tests.faults.database_copies import Origin
from tests.faults.prepared_calls import requests_of
from tests.faults.servers import Servers
from tests.faults.state import known, outside
from tests.faults.write_points import Walk

# In turn, each in one mutation; the two behind it are repeated only.
POINTS = (
    "kill during commit",
    "kill after commit",
    "kill before commit",
    "kill answer",
    "kill during 12",
    "kill before 15",
)
TURN = [turn for point in POINTS for turn in ((point,), (), ())]


async def test_killed_mutations_are_done_once_or_not_at_all(
    servers: Servers, origin: Origin, tmp_path: Path
) -> None:
    requests = requests_of(origin.data)
    with origin.copy(tmp_path / "calm") as calm:
        async with outside(calm) as view:
            expected = await Walk(servers, calm, view).undisturbed(requests)
    with origin.copy(tmp_path / "rough") as rough:
        async with outside(rough) as view:
            before = known(await view.rows())
            walk = Walk(servers, rough, view)
            for request, points in zip(requests, cycle(TURN), strict=False):
                await walk.disturbed(request, points, expected[request.name], before)
            await walk.stop()
        assert "Traceback" not in rough.log()
    # All but the few that have fewer statements than the point's number.
    assert walk.tally.kills > 0.3 * len(requests)
