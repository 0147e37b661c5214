"""The second wall: PostgreSQL refuses what a partner's unit of work writes elsewhere.

Told apart from the first one by what no use case does: rows written by hand in a partner's unit.
"""

from datetime import datetime

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError

from app.domain.ids import new_id
from app.persistence import models
from app.persistence.database import WRITER, Database
from app.persistence.row_guards import REFUSED
from app.services.use_case import Done, perform
from tests.api.database_digest import digest
from tests.contract.full_database import Full
from tests.world import World

pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

# Of no partner, and written for all of them: keys say whose they are by their actor.
OPEN_TO_ALL = {"idempotency_key", "document_counter"}
TABLES = {getattr(models, name)._meta.db_table for name in models.__all__}


async def execute(sql: str) -> None:
    await get_connection(WRITER).execute_query(sql)


async def refused(database: Database, world: World, sql: str) -> bool:
    """Whether it is the wall that refuses a statement in a unit of work of acme's."""
    try:
        await database.transaction(lambda: execute(sql), world.acme.partner.id)
    except Exception as error:
        cause = error.__cause__ or error
        return getattr(cause, "sqlstate", None) == REFUSED
    return False


async def test_every_table_has_its_guards(database: Database):
    rows = await database.rows(
        "SELECT c.relname AS name, array_agg(t.tgname::text ORDER BY t.tgname) AS guards"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
        " AND t.tgenabled = 'O' GROUP BY c.relname",
        [],
    )
    guarded = {row["name"]: row["guards"] for row in rows}
    assert set(guarded) == TABLES - OPEN_TO_ALL
    assert {tuple(names) for names in guarded.values()} == {("guard_new", "guard_old")}


async def test_of_clients_only_the_mark_of_shared_domains_is_open(database: Database):
    [row] = await database.rows(
        "SELECT array_agg(a.attname::text) AS open FROM pg_attribute a, pg_trigger t"
        " WHERE a.attrelid = 'client'::regclass AND a.attnum > 0 AND NOT a.attisdropped"
        " AND t.tgrelid = a.attrelid AND t.tgname = 'guard_new'"
        " AND NOT a.attnum = ANY(t.tgattr::int2[])",
        [],
    )
    assert row["open"] == ["domain_shared"]


async def test_no_foreign_row_is_written(full: Full):
    world, database = full.world, full.world.database
    before = await digest(database)
    open_to_it = []
    for table in sorted(TABLES - OPEN_TO_ALL):
        column = {"partner": "id"}.get(table, "partner_id")
        has = column in models_by_table()[table]._meta.fields_map
        foreign = f"WHERE {column} = '{world.rival.partner.id}'" if has else ""
        taken = f"SET {column} = '{world.acme.partner.id}'" if has else "SET id = id"
        for sql in (
            f"UPDATE {table} SET id = id {foreign}",
            # Nor is one made one's own.
            f"UPDATE {table} {taken} {foreign}",
            f"DELETE FROM {table} {foreign}",
        ):
            if not await refused(database, world, sql):
                open_to_it.append(sql)
    assert open_to_it == []
    assert await digest(database) == before


async def test_no_row_is_written_for_another_partner(world: World):
    database, rival = world.database, world.rival.partner.id
    foreign = (
        "INSERT INTO slot_entry (id, partner_id, kind, quantity, note, created_at)"
        f" VALUES ('{new_id()}', '{rival}', 'INCLUDED', 100, '', now())"
    )
    assert await refused(database, world, foreign)
    assert await refused(
        database, world, f"UPDATE slot_entry SET partner_id = '{rival}', quantity = 100"
    )


async def test_a_persons_key_is_its_partners(world: World):
    """It names the person, not the partner; a vendor's person has none."""

    async def keep(name: str, role: str, **whose: object) -> None:
        await models.ApiKey.create(
            public_id=name,
            secret_hash="0" * 64,
            name=name,
            role=role,
            created_at=world.clock.now(),
            **whose,
        )

    await keep("vendors", "VENDOR_ADMIN", vendor_user=world.vendor_admin)
    await keep("rivals", "ADVISOR", advisor=world.rival.advisor)
    await keep("rivalsclients", "CLIENT_USER", client_user=world.rival.client_user)
    await keep("own", "ADVISOR", advisor=world.acme.advisor)
    await keep("ownclients", "CLIENT_USER", client_user=world.acme.client_user)
    revoke = "UPDATE api_key SET revoked_at = now() WHERE public_id"
    for name in ("vendors", "rivals", "rivalsclients"):
        assert await refused(world.database, world, f"{revoke} = '{name}'")
        assert await refused(
            world.database, world, f"DELETE FROM api_key WHERE public_id = '{name}'"
        )
    own = f"{revoke} LIKE 'own%'"
    await world.database.transaction(lambda: execute(own), world.acme.partner.id)
    revoked = await models.ApiKey.exclude(revoked_at=None).values_list("public_id", flat=True)
    assert sorted(revoked) == ["own", "ownclients"]


async def test_all_else_is_as_before(world: World):
    """Its own rows for a partner; for the vendor's units everything; and nothing is left behind."""
    database, acme = world.database, world.acme.partner
    rename = "UPDATE partner SET name = name || '!'"
    await database.transaction(lambda: execute(f"{rename} WHERE id = '{acme.id}'"), acme.id)
    # On the same connections of the pool.
    for _ in range(10):
        await database.transaction(lambda: execute(rename))
    names = sorted(await models.Partner.all().values_list("name", flat=True))
    assert names == ["Acme Advisory" + "!" * 11, "Rival Consulting" + "!" * 10]


async def test_a_use_case_that_forgets_the_scope_writes_nothing(world: World):
    """`perform` raises the wall for everybody of a partner, and the whole unit is undone."""

    async def work(now: datetime) -> Done:
        await models.Client.filter(id=world.acme.client.id).update(name="Mine")
        await models.Client.all().update(name="All")
        return Done(world.acme.client.id, None, {})

    before = await digest(world.database)
    team = world.acme
    for actor in (team.as_admin(), team.as_advisor(), team.as_client_user(), team.as_app()):
        with pytest.raises(Exception, match="that is not its own") as found:
            await perform(world.caller(actor), "test", "key", {}, work)
        assert not isinstance(found.value, IntegrityError)
        assert await digest(world.database) == before
    await perform(world.caller(world.as_vendor()), "test", "key", {}, work)


def models_by_table() -> dict[str, type[models.Partner]]:
    found = [getattr(models, name) for name in models.__all__]
    return {model._meta.db_table: model for model in found}
