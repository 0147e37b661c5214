"""Validation of the form of GraphQL requests and WebSocket messages."""

import re
from collections.abc import Mapping
from typing import Any

from app.graphql.trusted_documents import PREFIX

MAX_ID_LENGTH = 200
_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
# The only version of Apollo's persisted-query extension.
_VERSION = 1


def message_problem(message: Any) -> str | None:
    """Return what is wrong with the form of a message, as a sentence; None if it is valid."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message must be an object with a `type`."
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete"):
        id = message.get("id")
        if not isinstance(id, str) or not 1 <= len(id) <= MAX_ID_LENGTH:
            return f"`id` must be a string of 1 to {MAX_ID_LENGTH} characters."
    if kind == "subscribe":
        if not isinstance(payload, dict):
            return "`payload` must be an object."
        return operation_problem(payload)
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, (dict, type(None))):
        return "`payload` must be an object or null."
    return None


def operation_problem(data: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a GraphQL request, as a sentence; None if it is valid."""
    if problem := _document_problem(data):
        return problem
    if not isinstance(data.get("variables"), (dict, type(None))):
        return "`variables` must be an object or null."
    if not isinstance(data.get("operationName"), (str, type(None))):
        return "`operationName` must be a string or null."
    if not isinstance(data.get("extensions"), (dict, type(None))):
        return "`extensions` must be an object or null."
    return None


def asked_document(data: Mapping[str, Any]) -> str:
    """Return the document of a well-formed request: its text, or `sha256:` and its hash."""
    query: str | None = data.get("query")
    return query or PREFIX + str(_hash(_names(data)[0]))


def _document_problem(data: Mapping[str, Any]) -> str | None:
    query = data.get("query")
    # graphql-ws always sends a `query`, so an empty one counts as none.
    if query in (None, "") and (names := _names(data)):
        hashes = {_hash(name) for name in names}
        if None in hashes:
            return "Name a document by its SHA-256: `sha256:` and 64 hexadecimal digits."
        if len(hashes) > 1:
            return (
                "`documentId` and `persistedQuery` name different documents: send only one of them."
            )
        if _persisted(data).get("version", _VERSION) != _VERSION:
            return f"The `version` of `persistedQuery` must be {_VERSION}."
        return None
    if not isinstance(query, str) or not query.strip():
        return "`query` must be a string with a GraphQL document."
    return None


def _names(data: Mapping[str, Any]) -> list[Any]:
    """Return the hashes that name a document, in the GraphQL-over-HTTP and the Apollo form."""
    names = (data.get("documentId"), _persisted(data).get("sha256Hash"))
    return [name for name in names if name is not None]


def _persisted(data: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = data.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    return persisted if isinstance(persisted, dict) else {}


def _hash(name: Any) -> str | None:
    """Return the SHA-256 that names a document; None if it is malformed."""
    found = _HASH.fullmatch(name) if isinstance(name, str) else None
    return found[1].lower() if found else None
