"""Charts of a partner's progress to its next tier, as SVG: a bar for each condition.

The palette is distinguishable with any colour vision, and colour is never the only sign: a met
condition has a tick and a text. The SVG has no ids, so that one page can contain several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.svg import BOLD, FONT, cut, width, wrap, xml_text

_WIDTH, _MARGIN = 640, 20
_ROOM = _WIDTH - 2 * _MARGIN
_LABEL, _NUMBER, _HEAD, _LINE = 14, 13, 18, 19
_BAR_HEIGHT = 12
_DARK = """<style>@media (prefers-color-scheme: dark) {
.pg-chart-paper { fill: #0D1117; stroke: #3D444D }
.pg-chart-ink { fill: #F0F6FC }
.pg-chart-soft { fill: #B7BDC8 }
.pg-chart-track { fill: #2A313C; stroke: #656C76 }
.pg-chart-open { fill: #E69F00 }
.pg-chart-met { fill: #56B4E9 }
}</style>"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A condition: its label, the current and the needed value (None: unpublished), and the share
    reached.

    `value` and `threshold` are texts with their units; `share` is from 0 to 1.
    """

    label: str
    value: str
    threshold: str | None
    share: float
    met: bool


def progress_chart(tier_name: str | None, next_tier_name: str | None, bars: Sequence[Bar]) -> str:
    """Return the progress from one tier (None: no tier) to the next (None: there is none) as
    SVG.
    """
    head = _head(tier_name, next_tier_name)
    rows, y = [], 62
    for bar in bars:
        drawn, height = _row(bar, y)
        rows.append(drawn)
        y += height
    if not bars:
        rows.append(_text("Nothing more is required.", _MARGIN, y + 8, _LABEL, "soft"))
        y += 28
    description = "; ".join(f"{bar.label}: {_numbers(bar)}, {_state(bar)}" for bar in bars)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" \
viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{xml_text(head)}" font-family="{FONT}">
<title>{xml_text(head)}</title>
<desc>{xml_text(description or "No conditions.")}</desc>
{_DARK}
<rect class="pg-chart-paper" x=".5" y=".5" width="{_WIDTH - 1}" height="{y - 1}" rx="10" \
fill="#FFFFFF" stroke="#8C959F"/>
{_text(_fitting_head(tier_name, next_tier_name), _MARGIN, 36, _HEAD, "ink", ' font-weight="700"')}
{"".join(rows)}</svg>
"""


def _head(tier: str | None, next_tier: str | None) -> str:
    if next_tier is None:
        return f"{tier or 'No tier'}: no higher tier"
    return f"{tier or 'No tier'} → {next_tier}"


def _fitting_head(tier: str | None, next_tier: str | None) -> str:
    """Return the heading with the longer name cut, so that both names fit."""
    size = _HEAD * BOLD
    if next_tier is None or width(_head(tier, next_tier), size) <= _ROOM:
        return cut(_head(tier, next_tier), size, _ROOM)
    half = (_ROOM - width(" → ", size)) / 2
    return f"{cut(tier or 'No tier', size, half)} → {cut(next_tier, size, half)}"


def _row(bar: Bar, y: int) -> tuple[str, int]:
    """Return the row of a bar at a vertical position, and its height."""
    lines = wrap(bar.label, _LABEL, _ROOM, 2)
    texts = [
        _text(line, _MARGIN, y + _LINE * number + 14, _LABEL, "ink")
        for number, line in enumerate(lines)
    ]
    at = y + _LINE * len(lines) + 4
    state = _state(bar)
    room = _ROOM - width(state, _NUMBER) - 40
    texts.append(_text(cut(_numbers(bar), _NUMBER, room), _MARGIN, at + 13, _NUMBER, "soft"))
    texts.append(_right(state, at + 13, bar.met))
    return f"{_bar(bar, at + 20)}{''.join(texts)}", _LINE * len(lines) + 56


def _bar(bar: Bar, y: int) -> str:
    share = 1.0 if bar.met else _share(bar)
    kind, fill = ("met", "#0072B2") if bar.met else ("open", "#B45309")
    track = (
        f'<rect class="pg-chart-track" x="{_MARGIN}" y="{y}" width="{_ROOM}" height="{_BAR_HEIGHT}"'
        f' rx="6" fill="#EAEEF2" stroke="#6E7781"/>\n'
    )
    if not share:
        return track
    # Never narrower than its rounded ends.
    long = round(max(share * _ROOM, _BAR_HEIGHT), 1)
    return track + (
        f'<rect class="pg-chart-{kind}" x="{_MARGIN}" y="{y}" width="{long}"'
        f' height="{_BAR_HEIGHT}" rx="6" fill="{fill}"/>\n'
    )


def _share(bar: Bar) -> float:
    """Return 0 to 1; below 1 if the condition is not met."""
    return min(max(bar.share, 0.0), 0.99) if bar.share == bar.share else 0.0


def _numbers(bar: Bar) -> str:
    if bar.threshold is None:
        return f"{bar.value} (the threshold is not published)"
    return f"{bar.value} (needed: {bar.threshold})"


def _state(bar: Bar) -> str:
    if bar.met:
        return "met"
    return f"{int(_share(bar) * 100)} %" if bar.threshold is not None else "open"


def _right(state: str, y: int, met: bool) -> str:
    edge = _WIDTH - _MARGIN
    text = (
        f'<text class="pg-chart-ink" x="{edge}" y="{y}" font-size="{_NUMBER}" fill="#1F2328"'
        f' font-weight="600" text-anchor="end">{state}</text>\n'
    )
    if not met:
        return text
    left = edge - width(state, _NUMBER * BOLD) - 21
    return (
        text
        + f'<path class="pg-chart-met" d="m{left:.1f} {y - 5} 5 5 9-10 2 2-11 12-7-7z" \
fill="#0072B2"/>\n'
    )


def _text(text: str, x: int, y: int, size: int, kind: str, more: str = "") -> str:
    fill = {"ink": "#1F2328", "soft": "#57606A"}[kind]
    return (
        f'<text class="pg-chart-{kind}" x="{x}" y="{y}" font-size="{size}" fill="{fill}"{more}>'
        f"{xml_text(text)}</text>\n"
    )
