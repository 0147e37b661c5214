"""Reads all that an actor can reach: from the root fields on, from object to object."""

import json
from collections.abc import Iterable
from typing import Any

from graphql import get_named_type

from app.auth.actor import Actor
from schema.node import type_of
from tests.asking import Ask
from tests.contract.documents import arguments, ids, is_connection, node_types, one_hop, roots

# Node fields of the viewer and of the root that lead into the graph.
VIEWER = "{ viewer { name role partner { id } client { id } advisor { id } person { id } } }"


def entries(schema, actor_documents: Iterable[str] = ()) -> list[str]:
    """A document for each root query that needs no argument."""
    made = [VIEWER, *actor_documents]
    for kind, name, field in roots(schema):
        named = get_named_type(field.type)
        if kind == "query" and not arguments(field) and (is_connection(named) or name != "viewer"):
            given = arguments(field, first="100")
            if name not in ("partner", "viewer"):
                made.append(f"{{ {name}{given} {ids(field.type)} }}")
    return made


async def crawl(schema, ask: Ask, actor: Actor) -> dict[str, Any]:
    """Every answer that an actor gets, by what was asked; errors are answers too."""
    kinds = {type_.name: type_ for type_ in node_types(schema)}
    documents = {
        name: f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ "
        f"{one_hop(type_, first='100')} }} }} }}"
        for name, type_ in kinds.items()
    }
    transcript: dict[str, Any] = {}
    for document in entries(schema):
        transcript[document] = await ask(actor, document)
    seen: set[str] = set()
    while fresh := sorted(found_ids(transcript) - seen):
        seen |= set(fresh)
        by_type: dict[str, list[str]] = {}
        for id in fresh:
            if name := type_of(id, list(kinds)):
                by_type.setdefault(name, []).append(id)
        for name, wanted in by_type.items():
            for start in range(0, len(wanted), 100):
                part = wanted[start : start + 100]
                answer = await ask(actor, documents[name], ids=part)
                transcript[f"{name} {' '.join(part)}"] = answer
    return transcript


def found_ids(value: Any) -> set[str]:
    """All global ids in an answer."""
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) else set()
        return own.union(*map(found_ids, value.values()))
    if isinstance(value, list):
        return set().union(*map(found_ids, value))
    return set()


def text(transcript: dict[str, Any]) -> str:
    return json.dumps(transcript, sort_keys=True, ensure_ascii=False)
