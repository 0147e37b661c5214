"""The form of what a client sends: a GraphQL request, or a message over a WebSocket."""

from collections.abc import Mapping
from typing import Any

MAX_ID_LENGTH = 200


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
    if not isinstance(data.get("query"), str) or not data["query"].strip():
        return "`query` must be a text with a GraphQL document."
    if not isinstance(data.get("variables"), (dict, type(None))):
        return "`variables` must be an object or null."
    if not isinstance(data.get("operationName"), (str, type(None))):
        return "`operationName` must be a text or null."
    if not isinstance(data.get("extensions"), (dict, type(None))):
        return "`extensions` must be an object or null."
    return None
