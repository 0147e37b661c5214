"""The documents that a deployment's own applications send, by the SHA-256 of their text.

A manifest is a JSON object that maps hashes to texts, as written by graphql-codegen and the Relay
compiler.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import orjson
import structlog
from cachetools import LRUCache

from app.settings import Settings
from resolvers.error_mapping import ApiError, Code

# Prefix of a document's hash. No GraphQL document begins with it.
PREFIX = "sha256:"
# Maximum number of untrusted documents to remember as logged.
TOLD = 10_000
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

log = structlog.get_logger()


class Trusted:
    """The trusted documents, and the policy for all others.

    `documents` are the trusted ones by their hash; empty while the setting is off.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises ValueError for an invalid manifest."""
        self.documents: Mapping[str, str] = {}
        self._mode = settings.trusted_documents
        self._told: LRUCache[str, bool] = LRUCache(TOLD)
        if self._mode != "off" and settings.trusted_documents_file:
            self.documents = read_manifest(settings.trusted_documents_file)

    def text(self, asked: str) -> str:
        """Return the text of a document that was sent as text or by its hash.

        Raises ApiError PERSISTED_QUERY_NOT_FOUND if there is none of that hash.
        """
        if not asked.startswith(PREFIX):
            return asked
        text = self.documents.get(asked.removeprefix(PREFIX))
        if text is None:
            # Clients look for this message, and then send the whole text.
            raise ApiError("PersistedQueryNotFound", Code.PERSISTED_QUERY_NOT_FOUND)
        return text

    def check(self, text: str) -> None:
        """Raise ApiError DOCUMENT_NOT_TRUSTED for a document that may not be executed."""
        if self._mode == "enforce" and digest(text) not in self.documents:
            raise ApiError(
                "This server only executes the documents of its own applications.",
                Code.DOCUMENT_NOT_TRUSTED,
            )

    def tell(self, text: str, name: str | None) -> None:
        """Log a valid document that is not trusted, once. `name` is that of its operation."""
        if self._mode == "off" or (hash := digest(text)) in self.documents or hash in self._told:
            return
        self._told[hash] = True
        log.warning("document_not_trusted", operation=name, sha256=hash)


def digest(text: str) -> str:
    """Return the SHA-256 of a document, in hexadecimal digits."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def read_manifest(path: Path) -> Mapping[str, str]:
    """Return the documents of a manifest by their hash, without the prefix.

    Raises ValueError, naming the file and the entry, for an invalid manifest or a hash that does
    not match its text.
    """
    try:
        entries = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is no manifest of documents: {error}.") from error
    if not isinstance(entries, dict):
        raise ValueError(f"{path} is no manifest of documents: write an object of hash and text.")
    documents: dict[str, str] = {}
    for key, text in entries.items():
        found = _HASH.fullmatch(key)
        if found is None or not isinstance(text, str):
            raise ValueError(f"{path}: {key!r} is no SHA-256 in hexadecimal with a document.")
        if digest(text) != found[1]:
            raise ValueError(f"{path}: {key} is not the SHA-256 of its text: {_short(text)}")
        documents[found[1]] = text
    return documents


def manifest(documents: Mapping[str, str]) -> bytes:
    """Return the manifest of documents by their hash, in the order of their texts."""
    ordered = dict(sorted(documents.items(), key=lambda entry: entry[1]))
    return orjson.dumps(ordered, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def without_heading(text: str) -> str:
    """Return the document of a file, without the comments above it and surrounding space."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(lines[first:]).strip()


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57] + "..."
