"""Characters that have no place in texts that people read, and how to name them."""

import unicodedata

# Blank although Unicode calls them letters or symbols: Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")

# They make text appear in another order than it is stored in: embeddings, overrides, isolates.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Invisible, and needed to write some languages and emoji: joiners and directional marks.
_NEEDED = frozenset("\u200c\u200d\u200e\u200f\u061c")

_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cs"))

_LINES = frozenset("\t\n\r")


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return all(
        unicodedata.category(character) in _UNSEEN
        or character in _BLANK
        or _is_variation_selector(character)
        for character in text
    )


def unreadable_character(text: str, *, lines: bool) -> str | None:
    """Return the name of the first character that may not be in a text, or None.

    Nothing may reorder text or be no character at all (control characters, surrogates). A name also
    has no invisible characters but those that some languages need; with `lines`, for texts of
    several lines, these, tabs and line ends are fine.
    """
    flag = False
    for character in text:
        if _is_refused(character, lines, flag):
            name = unicodedata.name(character, "")
            return f"{name} (U+{ord(character):04X})" if name else f"U+{ord(character):04X}"
        # Flags of countries such as Scotland are a black flag and tags, which are invisible.
        flag = character == "\U0001f3f4" or (flag and _is_tag(character))
    return None


def _is_refused(character: str, lines: bool, flag: bool) -> bool:
    if character.isascii():
        return not character.isprintable() and not (lines and character in _LINES)
    category = unicodedata.category(character)
    if category in ("Cc", "Cs") or character in _REORDERING or _is_no_character(character):
        return True
    if lines:
        return False
    if category in ("Zl", "Zp") or character in _BLANK - {"\u2800"}:
        return True
    return category == "Cf" and character not in _NEEDED and not (flag and _is_tag(character))


def _is_tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _is_no_character(character: str) -> bool:
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
