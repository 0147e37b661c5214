"""Files attached to versions of content: their names and media types."""

import re
import unicodedata
from codecs import getincrementaldecoder

from app.domain.characters import unreadable_character
from app.domain.checks import MAX_NAME, check_line
from app.domain.errors import ErrorCode, Refused, refuse

# Maximum number of files of a version. For more, attach an archive.
MAX_ATTACHMENTS = 50
# How many of a file's first bytes are checked.
HEAD = 4096

_PATH = re.compile(r"[/\\]")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_BEGINS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "application/zip": _ZIP,
    f"{_OFFICE}wordprocessingml.document": _ZIP,
    f"{_OFFICE}spreadsheetml.sheet": _ZIP,
    f"{_OFFICE}presentationml.presentation": _ZIP,
    f"{_OPEN}text": _ZIP,
    f"{_OPEN}spreadsheet": _ZIP,
    f"{_OPEN}presentation": _ZIP,
    "application/msword": _OLE,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
_TEXTS = frozenset({"application/json"})
# The default media types. None that a browser would run.
TYPES = (*_BEGINS, *sorted(_TEXTS), "text/csv", "text/markdown", "text/plain")


def clean_name(text: str) -> str:
    """Return the name to store a file under, without folders, control and invisible characters.

    Raises Refused at `name` with REQUIRED if nothing is left, or TOO_LONG.
    """
    last = _PATH.split(unicodedata.normalize("NFC", text))[-1]
    shown = "".join(" " if c.isspace() else c for c in last if c.isspace() or _shows(c))
    name = " ".join(shown.split()).strip(". ")
    if problems := check_line(name, "name", longest=MAX_NAME):
        raise Refused(problems)
    return name


def _shows(character: str) -> bool:
    # Private-use characters look different everywhere.
    private = unicodedata.category(character) == "Co"
    return not private and unreadable_character(character, lines=False) is None


def check_begins(media_type: str, head: bytes) -> None:
    """Raise Refused at `body` with INVALID if a file's first bytes are not of its media type.

    Types without a known signature are accepted as they are.
    """
    if not head:
        raise refuse(ErrorCode.INVALID, "The file is empty. Send its bytes as the body.", "body")
    if not _fits(media_type, head):
        message = f"The bytes are not {media_type}. Send the right file, or its own Content-Type."
        raise refuse(ErrorCode.INVALID, message, "body")


def _fits(media_type: str, head: bytes) -> bool:
    if media_type.startswith("text/") or media_type in _TEXTS:
        return _is_text(head)
    if media_type == "image/webp" and head[8:12] != b"WEBP":
        return False  # Audio and video share a container format.
    begins = _BEGINS.get(media_type)
    return begins is None or head.startswith(begins)


def _is_text(head: bytes) -> bool:
    try:
        # The last character of a head may be cut off.
        text = getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return "\0" not in text
