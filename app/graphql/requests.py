"""The form of what a client sends: a GraphQL request, or a message over a WebSocket."""

import re
from collections.abc import Mapping
from typing import Any

from app.graphql.trusted_documents import PREFIX

MAX_ID_LENGTH = 200
_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
# The one version of the form of Apollo's clients.
_VERSION = 1


def message_problem(message: Any) -> str | None:
    """What is wrong with the form of a message, in a sentence; None if nothing is."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a `type`."
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete"):
        id = message.get("id")
        if not isinstance(id, str) or not 1 <= len(id) <= MAX_ID_LENGTH:
            return f"`id` must be a text of 1 to {MAX_ID_LENGTH} characters."
    if kind == "subscribe":
        if not isinstance(payload, dict):
            return "`payload` must be an object."
        return operation_problem(payload)
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, (dict, type(None))):
        return "`payload` must be an object or null."
    return None


def operation_problem(data: Mapping[str, Any]) -> str | None:
    """What is wrong with the members of a GraphQL request, in a sentence; None if nothing is."""
    if problem := _document_problem(data):
        return problem
    if not isinstance(data.get("variables"), (dict, type(None))):
        return "`variables` must be an object or null."
    if not isinstance(data.get("operationName"), (str, type(None))):
        return "`operationName` must be a text or null."
    if not isinstance(data.get("extensions"), (dict, type(None))):
        return "`extensions` must be an object or null."
    return None


def asked_document(data: Mapping[str, Any]) -> str:
    """The document of a request that is well formed: its text, or `sha256:` and its hash."""
    query: str | None = data.get("query")
    return query or PREFIX + str(_hash(_names(data)[0]))


def _document_problem(data: Mapping[str, Any]) -> str | None:
    query = data.get("query")
    # graphql-ws sends no message without a text: an empty one stands for none.
    if query in (None, "") and (names := _names(data)):
        hashes = {_hash(name) for name in names}
        if None in hashes:
            return "A document is named by its SHA-256: `sha256:` and 64 hexadecimal digits."
        if len(hashes) > 1:
            return "`documentId` and `persistedQuery` name two documents: send one of them."
        if _persisted(data).get("version", _VERSION) != _VERSION:
            return f"The `version` of `persistedQuery` is {_VERSION}."
        return None
    if not isinstance(query, str) or not query.strip():
        return "`query` must be a text with a GraphQL document."
    return None


def _names(data: Mapping[str, Any]) -> list[Any]:
    """How a document is named instead of sent: by GraphQL over HTTP, or by Apollo's clients."""
    names = (data.get("documentId"), _persisted(data).get("sha256Hash"))
    return [name for name in names if name is not None]


def _persisted(data: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = data.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    return persisted if isinstance(persisted, dict) else {}


def _hash(name: Any) -> str | None:
    """The SHA-256 that a document is named by; None if it is none."""
    found = _HASH.fullmatch(name) if isinstance(name, str) else None
    return found[1].lower() if found else None
