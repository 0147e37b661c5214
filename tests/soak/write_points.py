"""Every mutation, in servers that are killed at each of its statements."""

import sys
from itertools import chain, count
from typing import Any

from tests.faults.prepared_calls import requests_of
from tests.faults.state import known, outside
from tests.faults.write_points import Walk
from tests.soak.harness import Bench


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Kill before and during each statement, from the first until the call gets through."""
    origin = bench.origins[database]
    requests = requests_of(origin.data)
    with origin.copy(bench.new_folder()) as calm:
        async with outside(calm) as view:
            expected = await Walk(bench.servers, calm, view).undisturbed(requests)
    with origin.copy(bench.new_folder()) as rough:
        async with outside(rough) as view:
            before = known(await view.rows())
            walk = Walk(bench.servers, rough, view)
            for request in requests:
                each = chain.from_iterable(
                    (f"kill before {number}", f"kill during {number}") for number in count(1)
                )
                await walk.disturbed(request, each, expected[request.name], before)
                # It takes long.
                print(f"  {request.name}: {walk.tally.kills} kills", file=sys.stderr, flush=True)
            await walk.stop()
    starts = sorted(walk.tally.seconds)
    return {
        "mutations": walk.tally.mutations,
        "kills": walk.tally.kills,
        "ready again, median s": round(starts[len(starts) // 2], 2),
        "ready again, worst s": round(starts[-1], 2),
    }
