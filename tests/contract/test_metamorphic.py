"""A team's answers are the same, to the byte, with another team in the database and without it.

The same database is asked twice: as it is, and after every row of every other partner is deleted.
What is left keeps its numbers: those that count for all partners at once, which are the cursors of
events and the numbers of invoices, do tell how many there are. `docs/security.md` says so.
"""

import re
from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import uuid4

from graphql import DocumentNode, build_schema, print_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tortoise import Tortoise
from tortoise.connection import get_connection

from app.auth.actor import Actor
from app.context import Runtime
from app.graphql.endpoint import ApiSchema, api_schema
from app.persistence.database import WRITER, Database
from app.persistence.models import Event
from app.settings import Settings
from tests.conftest import empty
from tests.contract.crawling import text
from tests.contract.documents import core
from tests.contract.generated import bases, vary
from tests.contract.id_arguments import all_of
from tests.contract.recorded_sql import statements
from tests.contract.tenant_pairs import Neighbours, make_neighbours
from tests.execute import Ask
from tests.operations import QUERIES, filled_in, variables_of
from tests.reference.population import Population, populate
from tests.world import Team, World, make_world

SDL = build_schema(print_schema(api_schema(Settings(explorer=True))._schema))
# Generated documents, each asked by one of the team's.
DOCUMENTS = 100
Question = tuple[str, str, dict[str, Any]]
ID = re.compile(r"(?<=_)[0-9a-f]{32}\b|[0-9a-f]{8}-[0-9a-f-]{27}|pgi_[\w.-]+|whsec_[\w+/=]+")


async def test_queries_are_answered_alike(
    world: World, runtime: Runtime, ask: Ask, schema: ApiSchema
):
    near = await make_neighbours(world, schema)
    actors = near.actors(world.acme)
    population = await populate(world.database, runtime.catalogue)
    questions = [*named(population, actors), *generated(population, world.acme)]
    by_name = {**actors, **population.actors}

    async def answers() -> list[str]:
        # Whatever is kept for a moment is asked for anew.
        for forget in world.database.after_commit:
            forget()
        return [text(await ask(by_name[who], told, **v)) for who, told, v in questions]

    async def costs() -> list[tuple[Question, list[str]]]:
        return [
            (question, await statements_of(ask, actors[who], question[1:]))
            for question, told in zip(questions, beside, strict=True)
            if (who := question[0]) == "partner admin" and '"errors"' not in told
        ]

    beside = await answers()
    # What is kept for ever, such as the text of a program, has been read by now.
    cost = await costs()
    await delete_others(world)
    for question, with_others, told in zip(questions, beside, await answers(), strict=True):
        assert told == with_others, question
    assert await costs() == cost and len(cost) > 25
    # Else equal answers would mean nothing.
    assert sum('"data": {"' in told for told in beside) > len(questions) / 2
    assert len(set(beside)) > len(questions) / 3


async def statements_of(ask: Ask, actor: Actor, question: tuple[str, dict[str, Any]]) -> list[str]:
    """The statements that a question takes, in any order: fields side by side are read at once."""
    document, variables = question
    with statements() as sent:
        await ask(actor, document, **variables)
    return sorted(sent)


def named(population: Population, actors: Mapping[str, Actor]) -> list[Question]:
    """The named operations, about the team's own."""
    [admin] = [n for n, a in population.actors.items() if n == "admin of the big team"]
    own = [id for ids in population.visible[admin].values() for id in ids]
    return [
        (who, example.document, filled_in(variables_of(example), Own(own)))
        for example in QUERIES
        for who in actors
        # All an app with one scope gets is a part of what an app with all gets.
        if not who.startswith("app with")
    ]


class Own(dict[str, str]):
    """The first id of a kind, for a text such as `client_...`."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = ids

    def __missing__(self, text: str) -> str:
        prefix = text.removesuffix("...")
        return next((id for id in self._ids if id.rpartition("_")[0] + "_" == prefix), text)


def generated(population: Population, team: Team) -> list[Question]:
    """Documents as in the differential test, by anybody of the team."""
    ours = [n for n, a in population.actors.items() if a.partner_id == team.partner.id]
    assert len(ours) > 5
    found: list[Question] = []

    @seed(11)
    @settings(
        max_examples=DOCUMENTS // 10,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(asked=st.lists(bases(SDL), min_size=1, max_size=2), number=st.integers(0, 2**32))
    def collect(asked: list[DocumentNode], number: int) -> None:
        random = Random(number)
        for _ in range(10):
            who = random.choice(ours)
            document, values = vary(asked, SDL, population, who, random)
            found.append((who, document, values[0]))

    collect()
    return found


async def test_mutations_are_answered_alike(
    world: World, ask: Ask, schema: ApiSchema, database: Database
):
    near = await make_neighbours(world, schema)
    beside = await changes(near, ask, schema)
    await empty(database)
    again = await make_world(database, world.clock)
    near = await make_neighbours(again, schema)
    await delete_others(again)
    alone = await changes(near, ask, schema)
    for name, told in beside.items():
        assert told == alone[name], name
        assert '"userErrors": []' in told, name
    assert len(beside) > 30


async def changes(near: Neighbours, ask: Ask, schema: ApiSchema) -> dict[str, str]:
    """The answers to the calls that the first team makes, with numbers in place of new ids."""
    told = {}
    for name, call in near.calls.items():
        if call.actor.partner_id != near.world.acme.partner.id:
            continue
        field = core(schema).type_map["Mutation"].fields[name]  # type: ignore[attr-defined]
        input_type = field.args["input"].type
        document = f"mutation($v: {input_type}) {{ {name}(input: $v) {all_of(field.type)} }}"
        input = {"idempotencyKey": str(uuid4()), **call.input}
        told[name] = numbered(text(await ask(call.actor, document, v=input)))
    return told


def numbered(told: str) -> str:
    known: dict[str, str] = {}
    return ID.sub(lambda found: known.setdefault(found[0], f"#{len(known)}"), told)


async def delete_others(world: World) -> None:
    """Delete every row of every other partner."""
    kept = world.acme.partner.id
    models = Tortoise.apps["models"].values()
    tables = [m._meta.db_table for m in models if "partner_id" in m._meta.fields_map]
    deletes = [f"DELETE FROM {table} WHERE partner_id <> '{kept}'" for table in tables]
    sql = ";".join([*deletes, f"DELETE FROM partner WHERE id <> '{kept}'"])
    without_references = {
        "postgres": f"BEGIN;SET LOCAL session_replication_role=replica;{sql};COMMIT",
        "sqlite": f"PRAGMA foreign_keys=OFF;BEGIN;{sql};COMMIT;PRAGMA foreign_keys=ON",
    }
    assert await Event.filter(partner_id=world.rival.partner.id).exists()
    await get_connection(WRITER).execute_script(without_references[world.database.dialect])
    assert await Event.exclude(partner_id=kept).filter(partner_id__isnull=False).count() == 0
