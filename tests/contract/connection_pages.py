"""Connections as a test reads them: in each ordering, page by page."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, get_named_type

from schema.node import encode
from tests.contract.documents import core, is_connection, object_types
from tests.contract.full_database import Full, parents
from tests.execute import Ask

DIRECTIONS = ("ASC", "DESC")


def connections(schema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every field that gives a connection: the type it is on, its name, the field."""
    for type_ in object_types(schema):
        for name, field in type_.fields.items():
            if is_connection(field.type):
                yield type_.name, name, field


def orderings(schema, field: GraphQLField) -> list[str]:
    """The `orderBy` arguments that a connection can be given: each field, up and down."""
    if "orderBy" not in field.args:
        return [""]
    enum = get_named_type(field.args["orderBy"].type).fields["field"].type.of_type
    assert set(core(schema).type_map["OrderDirection"].values) == {"ASC", "DESC"}
    return [
        "",
        *(f"orderBy: {{field: {v}, direction: {d}}}" for v in enum.values for d in DIRECTIONS),
    ]


DIRECTIONS = ("ASC", "DESC")


class List:
    """One connection of one object, as an actor reads it."""

    def __init__(self, ask: Ask, full: Full, type_name: str, name: str, order: str) -> None:
        self.ask, self.actor = ask, full.world.as_vendor()
        self.name, self.order = name, order
        self.id = None if type_name == "Query" else encode(type_name, parents(full)[type_name])
        self.type_name = type_name

    async def page(self, given: str, asked: str = "edges { cursor node { id } }") -> dict[str, Any]:
        """The page for some paging arguments."""
        answer = await self.answer(given, asked)
        assert "errors" not in answer, answer
        found = answer["data"] if self.id is None else answer["data"]["node"]
        return found[self.name]

    async def answer(self, given: str, asked: str) -> dict[str, Any]:
        field = f"{self.name}({given} {self.order}) {{ {asked} }}"
        if self.id is None:
            return await self.ask(self.actor, f"{{ {field} }}")
        document = f'{{ node(id: "{self.id}") {{ ... on {self.type_name} {{ {field} }} }} }}'
        return await self.ask(self.actor, document)

    async def walk(self, size: int, backward: bool) -> list[str]:
        """The ids of the whole list, read page by page."""
        count, onward = ("last", "before") if backward else ("first", "after")
        more, cursor = (
            ("hasPreviousPage", "startCursor") if backward else ("hasNextPage", "endCursor")
        )
        ids: list[str] = []
        position = ""
        while True:
            page = await self.page(
                f"{count}: {size} {position}",
                "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
            )
            part = [node["id"] for node in page["nodes"]]
            ids = part + ids if backward else ids + part
            if not page["pageInfo"][more]:
                return ids
            position = f'{onward}: "{page["pageInfo"][cursor]}"'


def refusal(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return error["extensions"]["code"]
