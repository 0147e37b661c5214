"""What an actor may not see does not exist for it: no row, no count, no difference in an answer.

More of it: `test_foreign_ids`, `test_isolation`, `test_metamorphic`.
"""

from uuid import uuid4

import pytest

from app.auth.actor import PUBLIC as NOBODY
from app.auth.actor import Actor
from app.persistence import models
from app.persistence.tenancy import EVERYBODY, Tenancy
from schema.node import encode
from tests.api.database_digest import digest
from tests.contract.crawling import crawl, found_ids, text
from tests.contract.documents import node_types
from tests.contract.full_database import Full
from tests.refusals import everything
from tests.world import World

MODELS = [getattr(models, name) for name in models.__all__]
AUDIENCES = ["partner", "advisor", "client_user", "app", "public"]


def rival(world: World, audience: str) -> Actor:
    team = world.rival
    return {
        "partner": team.as_admin,
        "advisor": team.as_advisor,
        "client_user": team.as_client_user,
        "app": team.as_app,
        "public": lambda: NOBODY,
    }[audience]()


def acmes_ids(full: Full, schema) -> dict[str, list[str]]:
    """The global ids of everything that is acme's alone, by type."""
    world, acme = full.world, full.world.acme
    rows = {model: list(found) for model, found in full.teams["acme"].by_model.items()}
    for row in [acme.partner, acme.admin, acme.advisor, acme.client, acme.client_user]:
        rows.setdefault(type(row), []).append(row)
    rows.setdefault(models.ContentLibrary, []).append(acme.library)
    by_model: dict[type, list[str]] = {}
    for type_ in node_types(schema):
        model = type_.extensions["strawberry-definition"].origin.__model__
        if model in rows:
            by_model[type_.name] = [encode(type_.name, row.id) for row in rows[model]]
    assert world.acme.partner.id in {row.id for row in rows[models.Partner]}
    return by_model


def test_every_model_declares_its_tenancy():
    for model in MODELS:
        assert isinstance(vars(model).get("tenancy"), Tenancy), model


def test_rows_with_a_partner_are_seen_by_their_partner_alone():
    """Whoever is not the vendor sees rows of a table with a partner only by that partner."""
    for model in MODELS:
        if "partner_id" not in model._meta.fields_map:
            continue
        for audience in ("partner", "advisor", "client_user", "public"):
            assert getattr(model.tenancy, audience) != EVERYBODY, (model, audience)


async def test_every_table_is_filled_for_the_tests_below(full: Full):
    empty = [name for name, rows in (await everything()).items() if not rows]
    assert empty == []
    for model in MODELS:
        if "partner_id" in model._meta.fields_map:
            for team in (full.world.acme, full.world.rival):
                assert await model.filter(partner_id=team.partner.id).exists(), model


async def test_the_digest_of_the_tests_sees_a_row_in_any_table(full: Full):
    """Else the tests that nothing was written would prove nothing."""
    before = await digest(full.world.database)
    await full.grow(2, full.world.acme)
    after = await digest(full.world.database)
    grown = [*full.shared.by_model, *full.teams["acme"].by_model]
    tables = {model._meta.db_table for model in grown}
    assert {table for table in after if after[table] != before[table]} == tables
    await models.Client.filter(id=full.world.acme.client.id).update(domain="other.example")
    now = await digest(full.world.database)
    assert [table for table in now if now[table] != after[table]] == ["client"]


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_no_row_of_another_team_is_found_by_its_id(full: Full, ask, schema, audience: str):
    actor = rival(full.world, audience)
    known = acmes_ids(full, schema)
    assert len(known) > 15
    for type_name, ids in known.items():
        unknown = encode(type_name, uuid4())
        for id in ids:
            document = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ id }} }} }}"
            told = await ask(actor, document, id=id)
            assert told == {"data": {"node": None}}, (audience, type_name)
            assert told == await ask(actor, document, id=unknown)
    every = [id for ids in known.values() for id in ids]
    answer = await ask(actor, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=every[:100])
    assert answer == {"data": {"nodes": [None] * len(every[:100])}}


async def test_a_team_reaches_all_of_its_own(full: Full, ask, schema):
    """So that the tests above do not pass because nothing is ever found."""
    reached = found_ids(await crawl(schema, ask, full.world.acme.as_admin()))
    for type_name, ids in acmes_ids(full, schema).items():
        # Seen from one side only: a template's advisors are advisors, a change is its benefit. The
        # audit trail is the vendor's.
        assert reached & set(ids) or type_name == "AuditEntry", type_name


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_answers_are_the_same_whatever_another_team_has(full: Full, ask, schema, audience):
    actor = rival(full.world, audience)
    await full.grow(12)
    before = text(await crawl(schema, ask, actor))
    await full.grow(12, full.world.acme)
    assert text(await crawl(schema, ask, actor)) == before


@pytest.mark.parametrize("audience", ["advisor", "client_user"])
async def test_a_teams_own_people_see_their_clients_alone(full: Full, ask, schema, audience: str):
    """Inside a team: another client of the same partner is as hidden as another partner."""
    acme = full.world.acme
    actor = {"advisor": acme.as_advisor, "client_user": acme.as_client_user}[audience]()
    [other] = full.teams["acme"].of(models.Client)
    await models.AdvisorAssignment.filter(client_id=other.id).update(ended_at=other.created_at)
    told = await crawl(schema, ask, actor)
    assert encode("Client", acme.client.id) in found_ids(told)
    assert encode("Client", other.id) not in found_ids(told)
    assert other.domain not in text(told)
    for subscription in await models.Subscription.filter(client_id=other.id):
        assert encode("ClientSubscription", subscription.id) not in found_ids(told)


async def test_a_client_user_sees_nothing_of_the_partners_business(full: Full, ask, schema):
    told = text(await crawl(schema, ask, full.world.acme.as_client_user()))
    hidden = [
        "slot_entry",
        "activity_record",
        "standing",
        "tier_decision",
        "template_item",
        "person",
    ]
    assert [prefix for prefix in hidden if f'"{prefix}_' in told] == []
