"""Reads all that an actor can reach: from the root fields on, from object to object."""

import json
from typing import Any

from graphql import GraphQLObjectType

from app.auth.actor import Actor
from schema.node import type_of
from tests.contract.documents import arguments, field_selections, ids, node_types, roots
from tests.execute import Ask

VIEWER = "{ viewer { name role partner { id } client { id } advisor { id } person { id } } }"


def entries(schema) -> list[str]:
    """A document for each root query that needs no argument."""
    made = [VIEWER]
    for kind, name, field in roots(schema):
        if kind == "query" and not arguments(field) and name not in ("partner", "viewer"):
            made.append(f"{{ {name}{arguments(field, first='100')} {ids(field.type)} }}")
    return made


def hops(type_: GraphQLObjectType, apart: bool) -> list[str]:
    """Documents that ask for all fields of objects of a type, together or each by itself."""
    asked = field_selections(type_, first="100")
    return [
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_.name} {{ {fields} }} }} }}"
        for fields in (asked if apart else [" ".join(asked)])
    ]


async def crawl(schema, ask: Ask, actor: Actor, apart: bool = False) -> dict[str, Any]:
    """Every answer that an actor gets, by what was asked; errors are answers too.

    `apart` asks for one field at a time: one that is refused does not take others with it.
    """
    documents = {type_.name: hops(type_, apart) for type_ in node_types(schema)}
    transcript = {document: await ask(actor, document) for document in entries(schema)}
    seen: set[str] = set()
    while fresh := sorted(found_ids(transcript) - seen):
        seen |= set(fresh)
        by_type: dict[str, list[str]] = {}
        for id in fresh:
            if name := type_of(id, list(documents)):
                by_type.setdefault(name, []).append(id)
        for name, wanted in by_type.items():
            for start in range(0, len(wanted), 100):
                part = wanted[start : start + 100]
                for document in documents[name]:
                    answer = await ask(actor, document, ids=part)
                    transcript[f"{document} {' '.join(part)}"] = answer
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
