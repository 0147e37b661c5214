"""Drawing of tier badges as SVG. The same facts give the same bytes."""

from dataclasses import dataclass
from datetime import date

from app.domain.svg import BOLD, FONT, cut, readable_on, width, xml_text

NAMESPACE = "urn:partnergraph:badge:1"
_WITHOUT_COLOR = "#57606A"
_WIDTH, _HEIGHT, _PANEL = 400, 104, 92
_LEFT = _PANEL + 18
_ROOM = _WIDTH - _LEFT - 16
_TIER_SIZE, _SMALLEST_TIER_SIZE = 26, 16
# A ribbon, a medal and a tick, in the middle of the panel.
_MEDAL = """<g fill="{ink}">
<path d="M33 58 25 84l10-3 6 8 5-22zM59 58l8 26-10-3-6 8-5-22z"/>
<path fill-rule="evenodd" d="M46 14a26 26 0 1 0 0 52 26 26 0 1 0 0-52zm0 5a21 21 0 1 1 0 42 21 21 \
0 1 1 0-42z"/>
<path d="m36 40 7 7 14-15 4 4-18 19-11-11z"/>
</g>"""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge shows. `color` is `#RRGGBB`; `since` is a date of the vendor's time zone."""

    vendor: str
    program: str
    partner: str
    tier: str
    color: str | None
    since: date


def badge_path(program_key: str, slug: str) -> str:
    """Return the path of a partner's badge, from the root of the service."""
    return f"/badges/{program_key}/{slug}.svg"


def draw_badge(badge: Badge, signature: str = "") -> str:
    """Return the badge as SVG, with a signature in its metadata."""
    title = f"{badge.partner}: {badge.tier}, {_program(badge)}, since {badge.since:%Y-%m-%d}"
    color = badge.color or _WITHOUT_COLOR
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" \
viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{xml_text(title)}">
<title>{xml_text(title)}</title>
<metadata><jws xmlns="{NAMESPACE}">{signature}</jws></metadata>
<rect x=".5" y=".5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" rx="12" fill="#FFFFFF" \
stroke="#8C959F"/>
<path d="M12.5 1h{_PANEL - 12.5}v{_HEIGHT - 2}h-{_PANEL - 12.5}a11.5 11.5 0 0 1-11.5-11.5v-\
{_HEIGHT - 25}a11.5 11.5 0 0 1 11.5-11.5z" fill="{color}"/>
{_MEDAL.format(ink=readable_on(color))}
<g font-family="{FONT}" fill="#1F2328">
{_line(_program(badge), 24, 12, "#57606A")}
{_line(badge.tier, 53, _tier_size(badge.tier), "#1F2328", bold=True)}
{_line(badge.partner, 75, 14, "#1F2328")}
{_line(f"Since {badge.since:%Y-%m-%d}", 92, 11, "#57606A")}
</g>
</svg>
"""


def _program(badge: Badge) -> str:
    """Return the program's name, after the vendor's unless it begins with that."""
    if badge.program.casefold().startswith(badge.vendor.casefold()):
        return badge.program
    return f"{badge.vendor} {badge.program}"


def _tier_size(tier: str) -> int:
    """Return the largest size that fits. A tier's name is cut only if it is very long."""
    fitting = _TIER_SIZE * _ROOM / max(width(tier, _TIER_SIZE * BOLD), 1)
    # Rounded down, so that it really fits.
    return min(max(int(fitting), _SMALLEST_TIER_SIZE), _TIER_SIZE)


def _line(text: str, y: int, size: float, fill: str, bold: bool = False) -> str:
    shown = xml_text(cut(text, size * BOLD if bold else size, _ROOM))
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{_LEFT}" y="{y}" font-size="{size}" fill="{fill}"{weight}>{shown}</text>'
