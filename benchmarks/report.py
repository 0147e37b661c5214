"""What a run found: a table for people, then one JSON line for machines."""

import json
import os
import platform
import sys
from dataclasses import dataclass, field
from importlib.metadata import version

from rich.console import Console
from rich.table import Column, Table

PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "tortoise-orm", "asyncpg")


@dataclass(frozen=True)
class Options:
    """How long to measure, and beside whom.

    `rounds` turns of each peer, `seconds` for each turn; `peers`: those from npm too.
    """

    rounds: int = 5
    seconds: float = 2.0
    peers: bool = False


@dataclass(frozen=True)
class Ratio:
    """A ratio with what it should be at least or, `at_most`, at most; None: nothing is asked."""

    value: float
    target: float | None
    at_most: bool
    beside: str

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


@dataclass
class Report:
    """Ratios and figures by name, in the order in which they were found."""

    ratios: dict[str, Ratio] = field(default_factory=dict)
    figures: dict[str, tuple[float, str]] = field(default_factory=dict)
    versions: dict[str, str] = field(
        default_factory=lambda: {name: version(name) for name in PACKAGES}
    )

    def ratio(
        self,
        name: str,
        value: float,
        target: float | None = None,
        beside: str = "",
        at_most: bool = False,
    ) -> None:
        """Keep a ratio. `beside` says in words what it was measured against."""
        self.ratios[name] = Ratio(value, target, at_most, beside)

    def figure(self, name: str, value: float, unit: str) -> None:
        """Keep a figure; it means something beside the others of its run only."""
        self.figures[name] = (value, unit)

    def print(self) -> None:
        """Print the tables, and the JSON line last."""
        console = Console()
        if self.figures:
            console.print(self._figures())
        if self.ratios:
            console.print(self._ratios())
        sys.stdout.flush()
        print(json.dumps(self.as_json(), separators=(",", ":")), flush=True)

    def as_json(self) -> dict[str, object]:
        """Everything by name, with what is needed to compare it with another run."""
        return {
            "ratios": {
                name: {
                    "value": round(ratio.value, 4),
                    "target": ratio.target,
                    "at_most": ratio.at_most,
                    "met": ratio.met,
                }
                for name, ratio in self.ratios.items()
            },
            "figures": {
                name: {"value": round(value, 4), "unit": unit}
                for name, (value, unit) in self.figures.items()
            },
            "versions": {"python": platform.python_version(), **self.versions},
            "machine": {
                "cores": len(os.sched_getaffinity(0)),
                "system": f"{platform.system()} {platform.machine()}",
            },
        }

    def _figures(self) -> Table:
        table = Table(Column("figure", no_wrap=True), Column("value", justify="right"), "unit")
        for name, (value, unit) in self.figures.items():
            table.add_row(name, _short(value), unit)
        return table

    def _ratios(self) -> Table:
        table = Table(
            Column("ratio", no_wrap=True),
            Column("value", justify="right"),
            Column("target", justify="right", no_wrap=True),
            "",
            "beside",
        )
        for name, ratio in self.ratios.items():
            sign = "≤" if ratio.at_most else "≥"
            target = "" if ratio.target is None else f"{sign} {ratio.target:g}"
            met = {None: "", True: "[green]met", False: "[red]missed"}[ratio.met]
            table.add_row(name, f"{ratio.value:.2f}", target, met, ratio.beside)
        return table


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
