"""Text in SVG: escaped, and cut or wrapped to an estimated width."""

import unicodedata
from xml.sax.saxutils import escape

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_NARROW = frozenset("iljtfrI.,:;!|'`()[]{}/ ")
_BROAD = frozenset("mwMW@%&—…")
# Bold letters are wider: the factor for their size.
BOLD = 1.16
_ELLIPSIS = "…"


def xml_text(text: str) -> str:
    """Escape a text for XML. Characters that XML cannot contain become U+FFFD."""
    legal = "".join(c if _is_xml(ord(c)) else "\ufffd" for c in text)
    return escape(legal, {'"': "&quot;", "'": "&#39;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def width(text: str, size: float) -> float:
    """Estimate the maximum width in pixels of a text in a common sans-serif font of this size."""
    return sum(_ems(c) for c in text) * size


def cut(text: str, size: float, room: float) -> str:
    """Return the text, cut to one line of width `room` with an ellipsis."""
    line = " ".join(text.split())
    if width(line, size) <= room:
        return line
    room -= width(_ELLIPSIS, size)
    end = 0
    while end < len(line) and (room := room - width(line[end], size)) >= 0:
        end += 1
    # Keep combining marks with their letters, and joined emoji together.
    while 0 < end < len(line) and (_ems(line[end]) == 0 or line[end - 1] == "\u200d"):
        end -= 1
    return line[:end].rstrip() + _ELLIPSIS


def wrap(text: str, size: float, room: float, lines: int) -> list[str]:
    """Wrap the text between words to at most `lines` lines; the last one is cut."""
    words = text.split()
    broken: list[str] = []
    while words and len(broken) < lines - 1:
        count = 1
        while count < len(words) and width(" ".join(words[: count + 1]), size) <= room:
            count += 1
        broken.append(cut(" ".join(words[:count]), size, room))
        words = words[count:]
    return [*broken, cut(" ".join(words), size, room)] if words else broken


def readable_on(color: str) -> str:
    """Return black or white, whichever has the higher contrast on a colour `#RRGGBB` (WCAG 2.2)."""
    # Contrast is (lighter + 0.05) / (darker + 0.05): both are equal at this luminance.
    return "#000000" if luminance(color) > 0.1791 else "#FFFFFF"


def luminance(color: str) -> float:
    """Return the relative luminance of a colour `#RRGGBB`, 0 (black) to 1 (white) (WCAG 2.2)."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _is_xml(point: int) -> bool:
    return (
        point in (0x9, 0xA, 0xD)
        or 0x20 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or 0x10000 <= point <= 0x10FFFF
    )


def _ems(c: str) -> float:
    if unicodedata.category(c) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    if c in _NARROW:
        return 0.38
    if c in _BROAD or c.isupper():
        return 0.95 if c in _BROAD else 0.72
    return 0.61
