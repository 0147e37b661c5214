"""Normal forms of names: for search and ordering, as tags, and in URLs."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from app.domain.characters import is_ignorable

# Also the length of the columns that hold sort keys.
MAX_KEY = 200


def sort_key(name: str) -> str:
    """Return the form of a name for searching and ordering.

    Case, accents of Latin and Greek letters, and differences of spacing and width do not count;
    `Łódź` becomes `lodz`. Marks of other scripts make different letters and stay: `й` is not `и`.
    The form is the same on every database. A longer one ends with a digest, so that different
    names have different keys.
    """
    key = _fold(unicodedata.normalize("NFKC", name))
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: MAX_KEY - 17]}~{digest}"


def tag_key(tag: str) -> str:
    """Return the form in which tags are compared: as `sort_key`, but `x²` is not `x2`."""
    return _fold(unicodedata.normalize("NFC", tag))


def slugify(name: str) -> str:
    """Return a name as part of a URL: lower-case ASCII words joined by hyphens.

    Letters of all scripts are transliterated. Empty if no character of the name can be.
    """
    latin = anyascii(unicodedata.normalize("NFKC", name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:80].rstrip("-")


def _fold(text: str) -> str:
    letters: list[str] = []
    loses_marks = False
    for character in unicodedata.normalize("NFD", text.casefold()):
        if is_ignorable(character):
            continue
        if unicodedata.combining(character):
            if not loses_marks:
                letters.append(character)
            continue
        letter, loses_marks = _base_letter(character)
        letters.append(letter)
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).split())


@lru_cache(maxsize=4096)
def _base_letter(character: str) -> tuple[str, bool]:
    """Return the letter to compare by, and whether to ignore marks that follow it."""
    if character.isascii():
        return character, character.isalpha()
    script = unicodedata.name(character, "").partition(" ")[0]
    if script == "LATIN" and unicodedata.normalize("NFKC", character) == character:
        # Letters without a decomposition, such as ł, ø and þ; some have no base letter.
        letters = anyascii(character).lower()
        return letters if letters.isalpha() else character, True
    return character, script in ("LATIN", "GREEK")
