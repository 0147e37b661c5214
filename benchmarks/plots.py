"""What docs/performance.md shows of each growth: a plot as SVG, and a table of its numbers."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.measure import ROOT
from benchmarks.report import Report

Points = list[tuple[int, float]]
# By growth and series, such as "depth" and "PostgreSQL".
Found = dict[str, dict[str, Points]]

PAGE = ROOT / "docs/performance.md"
FOLDER = ROOT / "docs/performance"
# Not transparent: the ink would be lost on a dark page.
BACKGROUND, INK, FAINT = "#fbfbf9", "#24292f", "#d8dbdf"
# Told apart by their marks too.
STYLES = {
    "PostgreSQL": ("#1f5fa8", "o"),
    "SQLite": ("#c25a00", "s"),
    "ours": ("#1f5fa8", "o"),
    "strawberry": ("#c25a00", "s"),
    "graphql_ws": ("#4b7f2b", "^"),
}
NAMES = {
    "ours": "this service",
    "strawberry": "stock Strawberry",
    "graphql_ws": "graphql-ws on Node",
}
RC: Any = {
    # Letters as text, and the same ids in every run.
    "svg.fonttype": "none",
    "svg.hashsalt": "growth",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Growth:
    """How a growth is told. `base` is the size that the others are set beside: the least, if None.

    `offset` is added to a size in the plot, whose scale has no zero.
    """

    size: str
    value: str
    unit: str
    base: int | None = None
    offset: int = 0


GROWTHS = {
    "depth": Growth("clients before the page", "time of a page of 50", "ms", offset=1),
    # A page of fewer than 50 is another page.
    "clients": Growth("clients of the partner", "time of the portal page", "ms", base=100),
    "partners": Growth("partners in the database", "time of the portal page", "ms"),
    "statements": Growth("clients on the page", "statements of a page", "statements"),
    "idle KB": Growth("subscribers", "memory of an idle subscriber", "KB"),
    "cpu µs": Growth("subscribers", "server CPU for each delivery", "µs"),
    "sweep": Growth("partners in the program", "evaluation of a partner", "µs"),
    "bare": Growth("partners in the program", "its metrics by bare SQL", "µs"),
    "billing": Growth("clients billed", "billing of a client", "µs"),
    "billing MB": Growth("clients billed", "memory at most", "MB"),
}
# What is drawn into one file, side by side.
FILES = {
    "depth": ("depth",),
    "clients": ("clients",),
    "partners": ("partners",),
    "subscribers": ("idle KB", "cpu µs"),
    "evaluation": ("sweep", "bare"),
    "billing": ("billing", "billing MB"),
}


def base_of(growth: str, points: Points) -> tuple[int, float]:
    """The size, and its value, that the others of a series are set beside."""
    base = GROWTHS[growth].base
    return points[0] if base is None else (base, dict(points)[base])


def write_docs(found: Found, report: Report) -> None:
    """Draw what was found, and write its tables between the marks of docs/performance.md."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_between(text, "versions", _versions(report)), encoding="utf-8")
    write_growths(found)


def write_growths(found: Found) -> None:
    """The same, but for the versions that it was measured with."""
    text = PAGE.read_text(encoding="utf-8")
    for growth, series in found.items():
        text = _between(text, growth, _table(growth, series))
    PAGE.write_text(text, encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for name, growths in FILES.items():
        if all(growth in found for growth in growths):
            draw({growth: found[growth] for growth in growths}, f"{FOLDER / name}.svg")


def draw(found: Found, path: str) -> None:
    """One picture of the growths given, side by side; the ending of the path says its format."""
    with matplotlib.rc_context(RC):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
        figure = Figure(figsize=(8, 3.7), facecolor=BACKGROUND, layout=layout)
        panels = figure.subplots(1, len(found), squeeze=False)[0]
        for axes, (growth, series) in zip(panels, found.items(), strict=True):
            _panel(axes, GROWTHS[growth], series)
        lines, names = panels[0].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None, dpi=110)


def _panel(axes: Axes, growth: Growth, series: dict[str, Points]) -> None:
    axes.set_facecolor(BACKGROUND)
    for name, points in series.items():
        colour, mark = STYLES[name]
        sizes = [size + growth.offset for size, _ in points]
        values = [value for _, value in points]
        axes.plot(sizes, values, color=colour, marker=mark, label=NAMES.get(name, name))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: _brief(size - growth.offset)))
    # From zero: a small difference is to look small.
    axes.set_ylim(0, 1.25 * max(value for points in series.values() for _, value in points))
    axes.margins(x=0.09)
    axes.set_xlabel(growth.size)
    axes.set_title(f"{growth.value}, {growth.unit}", loc="left", fontsize=11)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    _write_values(axes, growth, list(series.values()))


def _write_values(axes: Axes, growth: Growth, series: Sequence[Points]) -> None:
    """Values at their marks, the larger above its mark; of more than two series the last ones."""
    for at in list(zip(*series, strict=True))[0 if len(series) < 3 else -1 :]:
        largest = max(value for _, value in at)
        for size, value in at:
            beside = (0, 7 if value == largest else -15) if len(series) < 3 else (8, -3)
            axes.annotate(
                short(value),
                (size + growth.offset, value),
                xytext=beside,
                textcoords="offset points",
                ha="center" if len(series) < 3 else "left",
                fontsize=8.5,
            )


def _brief(size: float) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit:
            return f"{size / unit:g}{letter}"
    return f"{size:g}"


def short(value: float) -> str:
    """A value with three digits, as far as they mean something."""
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(growth: str, series: dict[str, Points]) -> str:
    told = GROWTHS[growth]
    heads, rows = [told.size], [[f"{size:,}"] for size, _ in next(iter(series.values()))]
    for name, points in series.items():
        heads += [f"{NAMES.get(name, name)}, {told.unit}", "ratio"]
        _, base = base_of(growth, points)
        for row, (_, value) in zip(rows, points, strict=True):
            row += [short(value), f"{value / base:.2f}"]
    lines = [heads, ["--:"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _versions(report: Report) -> str:
    machine: Any = report.as_json()["machine"]
    versions = {"Python": platform.python_version(), **report.versions}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{machine['cores']} cores, {machine['system']}. {listed}."


def _between(text: str, name: str, new: str) -> str:
    """The text with other lines between `<!-- name -->` and `<!-- /name -->`."""
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(f"(?<={re.escape(marks[0])}\n).*?(?={re.escape(marks[1])})", re.DOTALL)
    text, count = pattern.subn(lambda _: f"\n{new}\n\n", text)
    if count != 1:
        raise ValueError(f"{PAGE.name} has not one place {marks[0]} ... {marks[1]}")
    return text
