"""Characters that are not allowed in texts that people read, and their names."""

import re
import unicodedata

# Unicode's default-ignorable characters, which are displayed as nothing, and interlinear
# annotations.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# Blank, although Unicode classifies them as symbols: the empty Braille cell, the null note head.
_BLANK = frozenset("\u2800\U0001d159")

# Controls other than tabs and line ends, surrogates, noncharacters, and bidirectional embeddings,
# overrides and isolates, which display text in another order than it is stored in.
_REFUSED = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\u202a-\u202e\u2066-\u2069"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
)
_REFUSED_IN_TEXTS = re.compile(f"[{_REFUSED}]")

# In names also line ends, tabs and ignorable characters, except those that some languages and emoji
# need: joiners, directional marks, and the variation selectors of Mongolian letters, emoji and
# Chinese and Japanese characters.
_REFUSED_IN_NAMES = re.compile(
    f"[{_REFUSED}\t\n\r\u2028\u2029\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)

# Flags of countries such as Scotland are a black flag and tags, which are ignorable.
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")

# White space, controls, surrogates, and combining marks, which need a base letter.
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cs", "Mn", "Me"))


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    rest = _IGNORABLE.sub("", text).strip()
    return all(unicodedata.category(c) in _UNSEEN or c in _BLANK for c in rest)


def is_ignorable(character: str) -> bool:
    """Return whether a character at most affects how others look: joiners, soft hyphens."""
    return _IGNORABLE.match(character) is not None


def unreadable_character(text: str, *, lines: bool) -> str | None:
    """Return the name of the first character that is not allowed in a text, or None.

    Characters that reorder text, control characters and surrogates are never allowed. Names must
    not contain invisible characters either, except those that some languages need. With `lines`,
    for multi-line texts, invisible characters, tabs and line ends are allowed.
    """
    found = (
        _REFUSED_IN_TEXTS.search(text) if lines else _REFUSED_IN_NAMES.search(_FLAG.sub("", text))
    )
    if found is None:
        return None
    name = unicodedata.name(found[0], "")
    return f"{name} (U+{ord(found[0]):04X})" if name else f"U+{ord(found[0]):04X}"
