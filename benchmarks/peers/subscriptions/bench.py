"""What the pieces of the suite share: the sides side by side, and how their figures are kept."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.peers.subscriptions.probe import one_event
from benchmarks.peers.subscriptions.sides import Side, ours, peers
from benchmarks.peers.subscriptions.world import World
from benchmarks.report import Options, Report

SUBSCRIBERS = 3_000
BESIDE = {
    "strawberry": "stock Strawberry, a queue for each subscriber",
    "graphql_ws": "graphql-ws on Node with ws",
    "graphql_ws_kept": "the same, told to keep one parsed document for all",
}


@dataclass
class Bench:
    """What the pieces share. `profile` names a file for what cProfile sees of our server."""

    options: Options
    report: Report
    world: World
    profile: str = ""
    subscribers: int = SUBSCRIBERS

    @property
    def peer_names(self) -> list[str]:
        """Those that are there: graphql-ws comes from npm."""
        return ["strawberry", "graphql_ws"] if self.options.peers else ["strawberry"]

    @asynccontextmanager
    async def sides(self, beside: Iterable[str]) -> AsyncIterator[list[Side]]:
        """Ours, first, and peers, freshly started; all deliver the same event."""
        with ours(self.world, self.profile) as mine, peers(beside) as others:
            # The first may be the partner's first tier; from then on it goes up and down.
            await one_event(mine, 0)
            event = await one_event(mine, 0)
            for peer in others:
                await peer.take(event)
                if _plain(await one_event(peer, 0)) != _plain(event):
                    raise RuntimeError(f"{peer.name} does not deliver what ours does")
            yield [mine, *others]

    def figure(self, name: str, value: float, unit: str) -> None:
        """Keep a figure; it says so if it is one on SQLite."""
        suffix = "_sqlite" if self.world.dialect == "sqlite" else ""
        self.report.figure(f"{name}{suffix}", value, unit)

    def compare(
        self, name: str, values: Mapping[str, float], unit: str, target: float | None = None
    ) -> None:
        """Keep each side's figure, and the ratios of ours to theirs."""
        for side, value in values.items():
            self.figure(f"{name}_{side}", value, unit)
        for other in [side for side in values if side != "ours"]:
            asked = target if other == "graphql_ws" else None
            ratio = values["ours"] / values[other]
            self.report.ratio(f"{name}_vs_{other}", ratio, asked, BESIDE[other], at_most=True)


def _plain(event: Mapping[str, object]) -> dict[str, object]:
    """An event without what differs from one to the next."""
    return {**event, "cursor": "", "reason": "", "occurredAt": ""}
