"""No plan has a statement that reads a tenant's table without the scope of who asks.

`walking` writes every statement that plans can have; `walking_proof` proves each on its text. Then
what the service really sends, for everything that can be asked, is held against what was walked:
so nothing was left out of the walk.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_named_type,
    is_leaf_type,
    is_required_input_field,
)

from app.auth.actor import PUBLIC as NOBODY
from app.auth.actor import Actor
from app.auth.policy import lacks
from app.auth.scope import Audience, predicate, visible_ids
from app.persistence import models
from app.persistence.sql import Statement
from app.reads.plan import Viewpoint
from app.reads.run import Run
from app.reads.sources import Catalogue
from schema.node import encode
from schema.type_catalogue import build_catalogue
from tests.contract.crawling import crawl
from tests.contract.documents import arguments, core, ids, is_connection, literal, roots
from tests.contract.full_database import Full
from tests.contract.query_plans import sent
from tests.contract.walking import Walk, named
from tests.contract.walking_all import AUDIENCES, DIALECTS, Walks, walk_all
from tests.contract.walking_proof import ACTORS, TABLES, complaints, words
from tests.contract.walking_sql import parse, selects_in
from tests.world import World

# What batch functions read: each statement one table, by its alias `t`.
BATCHED = {
    "activity_record",
    "advisor_assignment",
    "attachment",
    "audit_entry",
    "benefit",
    "client",
    "content_push_entry",
    "content_version",
    "exchange_rate",
    "invoice",
    "partner",
    "plan",
    "price",
    "price_book",
    "program_version",
    "slot_entry",
    "standing",
    "subscription",
    "tier",
    "tier_benefit",
    "tier_program",
    "vendor",
    "webhook_delivery",
}

# What decides who sees a row, and of which nothing is answered: whether an open item is for some
# partners only, and whether a version is out.
DECIDING = {"content_audience", "content_version"}


@pytest.fixture(scope="module")
def catalogue(schema) -> Catalogue:
    return build_catalogue(schema)


@pytest.fixture(params=DIALECTS)
def walks(request: pytest.FixtureRequest, schema) -> Walks:
    return walk_all(schema, request.param)


def test_no_statement_reads_a_tenants_table_without_its_scope(walks: Walks):
    assert walks.unscoped == set()
    assert walks.plans > 1_000 and walks.levels > 3_000 and walks.statements > 20_000
    kinds = Counter(found.kind for found in walks.walked.values())
    assert set(kinds) == {
        *("keys", "all", "related", "page", "pages", "count", "whole page", "count all")
    }


async def test_a_client_user_is_not_told_who_is_on_a_template(full: Full, ask):
    acme, template = full.world.acme, full.teams["acme"].of(models.ClientTemplate)[0]
    await models.Client.filter(id=acme.client.id).update(template_id=template.id)
    await models.TemplateAdvisor.filter(template_id=template.id).update(advisor_id=acme.advisor.id)
    document = "{ viewer { client { template { name defaultAdvisors { name } } } } }"
    answer = await ask(acme.as_client_user(), document)
    assert answer["data"]["viewer"]["client"]["template"]["defaultAdvisors"] == []


async def test_a_tier_change_is_of_the_decisions_partner_and_of_no_client(full: Full, ask):
    """What ties an event to its decision: no foreign key can hold `subject_id`."""
    for model in (models.WebhookAttempt, models.WebhookDelivery, models.Event):
        await model.all().delete()
    await models.Standing.all().delete()
    tier = full.shared.of(models.Tier)[0]
    version = await models.ProgramVersion.get(id=tier.version_id)
    program = await models.TierProgram.get(id=version.program_id)
    partner = encode("Partner", full.world.acme.partner.id)
    given = (
        f'idempotencyKey: "k", partnerId: "{partner}", programKey: "{program.key}",'
        f' tierKey: "{tier.key}", reason: "r"'
    )
    document = f"mutation {{ setPartnerTier(input: {{{given}}}) {{ userErrors {{ message }} }} }}"
    answer = await ask(full.world.as_vendor(), document)
    assert answer == {"data": {"setPartnerTier": {"userErrors": []}}}
    [event] = await models.Event.all()
    decision = await models.TierDecision.get(id=event.subject_id)
    assert (event.partner_id, event.client_id) == (decision.partner_id, None)


def test_nothing_is_planned_for_an_app_without_the_scope(walks: Walks, catalogue: Catalogue):
    """What its scopes do not cover has no level, and a refusal in its place; all else is there."""
    assert walks.wrong == []
    for viewpoint, refused in walks.refused.items():
        for name, source in catalogue.items():
            lacking = source.permission and lacks(viewpoint.scopes, source.permission)
            assert bool(lacking) == (f"{name} by t.id" in refused), (viewpoint, name)
    assert any(" where tier" in told for refused in walks.refused.values() for told in refused)


# What payloads give that is read from no table.
PLAIN = {"UserError", "ClientRowResult", "ProgramProblem", "NewInvitation", "Viewer"}


def test_every_type_that_a_payload_or_a_subscription_gives_was_walked(schema, catalogue: Catalogue):
    for kind, _, root in roots(schema):
        given = get_named_type(root.type)
        if kind == "subscription":
            assert given.name in catalogue
        elif kind == "mutation":
            for name, found in given.fields.items():
                below = get_named_type(found.type)
                known = is_leaf_type(below) or below.name in {*catalogue, *PLAIN}
                assert known, (given.name, name)


async def test_all_that_the_service_sends_was_walked(
    full: Full, ask, schema, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    """Each root field with each argument, and each field of each object: no other FROM or WHERE."""
    dialect = full.world.database.dialect
    for audience in AUDIENCES:
        actor = actor_of(full.world, audience)
        walk = Walk(core(schema), catalogue, Viewpoint(audience), dialect)
        known = {without_columns(found.sql) for found in walk.statements()}
        with run_statements(monkeypatch) as sent_by_runs:
            await crawl(schema, ask, actor)
            for document in root_queries(schema):
                await ask(actor, document)
        batched = [sql for sql in sent_by_runs if without_columns(sql) not in known]
        assert len(sent_by_runs) > len(batched)
        # What is left are the statements of batch functions, which no level has.
        for sql in batched:
            assert complaints(without_intervals(sql), audience) == [], sql
        read = {table for sql in batched for table in re.findall(r"FROM (\w+) t\b", sql)}
        assert read <= BATCHED
        # Those of slots at least, and of a tier's progress for whoever sees standings.
        assert {"slot_entry"} <= read or audience == "public"
        assert {"standing", "activity_record"} <= read or audience in ("public", "client_user")


def without_intervals(sql: str) -> str:
    """A sum over intervals without these: they are values, not a table."""
    sql = re.sub(r"^\s*WITH b \(i, low, high\) AS \(VALUES .*?\)\s+SELECT", "SELECT", sql)
    return re.sub(r" JOIN b ON t.occurred_at >= b.low AND t.occurred_at < b.high", "", sql)


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_an_id_is_looked_up_under_the_scope(world: World, audience: Audience):
    """`visible_ids`, by which `Viewer.can` and all use cases know what is there."""
    actor = actor_of(world, audience)
    for model in TABLES.values():
        with sent() as statements:
            await visible_ids(world.database, actor, model, [uuid4()])
        [statement] = statements
        mark = "$" if world.database.dialect == "postgres" else "?"
        sql = statement.sql
        for number, value in enumerate(statement.values, start=1):
            sql = sql.replace(f"{mark}{number}", own_name(actor, value))
        assert complaints(sql, audience) == [], sql


def test_a_predicate_looks_into_nothing_but_the_actors_own(catalogue: Catalogue):
    """What a tenancy reads besides: rows with the actor's id, or what it may read anyway."""
    found = 0
    for model in TABLES.values():
        for audience in AUDIENCES:
            for inner in selects_in(parse(predicate(model.tenancy, audience))):
                sql = text_of(inner)
                if DECIDING & set(words(inner)):
                    continue
                assert ACTORS & set(words(inner)) or complaints(sql, audience) == [], sql
                found += 1
    assert found > 10


def actor_of(world: World, audience: Audience) -> Actor:
    return {
        "vendor": world.as_vendor,
        "partner": world.acme.as_admin,
        "advisor": world.acme.as_advisor,
        "client_user": world.acme.as_client_user,
        "public": lambda: NOBODY,
    }[audience]()


def own_name(actor: Actor, value: Any) -> str:
    """The name of the parameter that has the actor's own id for its value."""
    own = {"partner": actor.partner_id, "advisor": actor.user_id, "client": actor.client_id}
    return next((f":{k}" for k, v in own.items() if v and str(v) == str(value)), ":other")


@contextmanager
def run_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The statements that runs of plans send within the block."""
    seen: set[str] = set()
    rows = Run.rows

    async def watched(self: Run, found: Statement, values: Any) -> Sequence[Any]:
        seen.add(named(found))
        return await rows(self, found, values)

    with monkeypatch.context() as patched:
        patched.setattr(Run, "rows", watched)
        yield seen


def root_queries(schema) -> Iterator[str]:
    """Each root query: with each argument, condition and ordering that it takes, one at a time."""
    for kind, name, root in roots(schema):
        if kind != "query":
            continue
        below = ids(root.type) or ""
        if is_connection(root.type):
            below = "{ totalCount edges { cursor node { id } } }"
        yield f"{{ {name}{arguments(root)} {below} }}"
        for key, argument in root.args.items():
            for value in values_of(argument.type):
                yield f"{{ {name}{arguments(root, **{key: value})} {below} }}"


def values_of(type_: Any) -> Iterator[str]:
    """An argument's values: of an input object one with each of its fields."""
    found = get_named_type(type_)
    if not isinstance(found, GraphQLInputObjectType):
        yield literal(type_)
        return
    for name, field_ in found.fields.items():
        inner = get_named_type(field_.type)
        some = list(inner.values) if isinstance(inner, GraphQLEnumType) else [literal(field_.type)]
        rest = {k: literal(f.type) for k, f in found.fields.items() if is_required_input_field(f)}
        for value in some:
            given = ", ".join(f"{k}: {v}" for k, v in (rest | {name: value}).items())
            yield f"{{{given}}}"


def without_columns(sql: str) -> str:
    """A statement without its select lists: they depend on what is selected."""
    return re.sub(r"SELECT .*? FROM ", "SELECT FROM ", sql)


def text_of(nodes: Any) -> str:
    """Words as SQL again."""
    return " ".join(f"({text_of(n)})" if isinstance(n, tuple) else n for n in nodes)
