"""Characters that have no place in texts that people read, and how to name them."""

import re
import unicodedata

# What Unicode calls default-ignorable, which programs show as nothing, and annotations of lines.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# Blank although Unicode calls them symbols: the empty Braille cell, the null note head.
_BLANK = frozenset("\u2800\U0001d159")

# They make text appear in another order than it is stored in: embeddings, overrides, isolates.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Ignorable, and needed to write some languages and emoji: joiners, directional marks, and the
# selectors of Mongolian letters, of emoji and of Chinese and Japanese characters.
_NEEDED = re.compile("[\u200c-\u200f\u061c\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

# White space, controls, halves of characters, and marks that need a letter to stand on.
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cs", "Mn", "Me"))

_LINES = frozenset("\t\n\r")


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return all(
        unicodedata.category(character) in _UNSEEN or character in _BLANK or is_ignorable(character)
        for character in text
    )


def is_ignorable(character: str) -> bool:
    """Whether a character only affects how others look, if anything: joiners, soft hyphens."""
    return _IGNORABLE.match(character) is not None


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
    if flag and _is_tag(character):
        return False
    invisible = category in ("Zl", "Zp") or is_ignorable(character)
    return invisible and not _NEEDED.match(character)


def _is_tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"


def _is_no_character(character: str) -> bool:
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
