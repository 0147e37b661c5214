"""Migrations: whatever a table goes through, its rows, indexes and keys come out again."""

import pickle
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.migrations.autodetector import MigrationAutodetector

from app.persistence import migrations
from app.persistence.database import WRITER, Database
from app.persistence.migrate import BrokenReferences, DatabaseTooNew, migrate, pending
from app.persistence.new_migration import with_whole_tables
from tests.database_templates import made_once, own_postgres
from tests.schema_catalog import Catalog, read_catalog
from tests.subprocesses import Apart, run_apart

MIGRATIONS = sorted(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'own.sqlite3'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    with own_postgres(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database that nobody else uses."""
    return request.getfixturevalue(f"{request.param}_url")


@asynccontextmanager
async def opened(url: str, folder: str = "", package: str = "") -> AsyncIterator[Database]:
    """The database, with the migrations of a package in a folder instead of the real ones."""
    database = Database(url)
    if package:
        sys.path.insert(0, folder)
        database.config["apps"]["models"]["migrations"] = package
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def rows(sql: str) -> list[dict[str, Any]]:
    return await get_connection(WRITER).execute_query_dict(sql)


# The real migrations.


async def differences(url: str) -> list[str]:
    async with opened(url) as database:
        apps = Tortoise.apps
        assert apps
        changes = await MigrationAutodetector(apps, database.config["apps"]).changes()
        return [operation.describe() for writer in changes for operation in writer.operations]


async def test_the_migrations_lead_to_the_models_as_they_are(apart: Apart, sqlite_url: str) -> None:
    assert await apart(differences, sqlite_url) == []


# A row of each kind, as the first migration's tables take them: parents and their children.
FIRST_ROWS = """
INSERT INTO plan (id, code, name, description, rank, takes_slot, starts_subscription)
    VALUES ('00000000-0000-7000-8000-000000000001', 'FREE', 'Free', '', 0, FALSE, FALSE);
INSERT INTO employee_bracket (id, code, label, min_employees, max_employees)
    VALUES ('00000000-0000-7000-8000-000000000002', '1-10', '1-10', 1, 11);
INSERT INTO partner
    (id, name, name_key, slug, type, status, currency_code, billing_model, payment_method,
     created_at)
    VALUES ('00000000-0000-7000-8000-000000000003', 'Acme', 'acme', 'acme', 'MSP', 'ACTIVE', 'USD',
        'RESELLER', 'CARD', '2024-01-01 00:00:00+00:00');
INSERT INTO client
    (id, partner_id, name, name_key, domain, domain_shared, employee_count, bracket_id, size_source,
     status, plan_id, created_at)
    VALUES ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000003', 'First',
        'first', 'client.example', FALSE, 7, '1-10', 'COUNTED', 'ACTIVE', 'FREE',
        '2024-01-01 00:00:00+00:00');
INSERT INTO advisor (id, partner_id, name, name_key, email, role, status, created_at)
    VALUES ('00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000003', 'Ada',
        'ada', 'ada@acme.example', 'ADVISOR', 'ACTIVE', '2024-01-01 00:00:00+00:00');
INSERT INTO advisor_assignment (id, partner_id, client_id, advisor_id, role, assigned_at)
    VALUES ('00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000005', 'ADMIN',
        '2024-01-01 00:00:00+00:00');
INSERT INTO content_library (id, partner_id, kind, name, created_at)
    VALUES ('00000000-0000-7000-8000-000000000007', '00000000-0000-7000-8000-000000000003',
        'EXCLUSIVE', 'Acme library', '2024-01-01 00:00:00+00:00');
INSERT INTO content_item
    (id, library_id, partner_id, kind, title, title_key, description, tags, audience_tiers, locked,
     created_at)
    VALUES ('00000000-0000-7000-8000-000000000008', '00000000-0000-7000-8000-000000000007',
        '00000000-0000-7000-8000-000000000003', 'POLICY', 'Policy', 'policy', '', '[]', '[]', FALSE,
        '2024-01-01 00:00:00+00:00');
INSERT INTO vendor (id, name, address, home_currency, time_zone, policies, created_at)
    VALUES ('00000000-0000-7000-8000-000000000010', 'Vendor', '{}', 'USD', 'UTC',
        '{"returnSlotOnArchive": true}', '2024-01-01 00:00:00+00:00');
INSERT INTO content_library (id, kind, name, created_at)
    VALUES ('00000000-0000-7000-8000-000000000011', 'OPEN', 'Open', '2024-01-01 00:00:00+00:00');
INSERT INTO content_item
    (id, library_id, kind, title, title_key, description, tags, audience_tiers, locked, created_at)
    VALUES ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000011',
        'POLICY', 'Limited', 'limited', '', '[]', '["gold", "it''s"]', FALSE,
        '2024-01-01 00:00:00+00:00');
INSERT INTO price_book (id, currency_code, name, effective_from, created_at)
    VALUES ('00000000-0000-7000-8000-000000000013', 'USD', 'USD', '2024-01-01 00:00:00+00:00',
        '2024-01-01 00:00:00+00:00');
INSERT INTO price (id, price_book_id, plan_id, bracket_id, interval, amount_minor)
    VALUES ('00000000-0000-7000-8000-000000000014', '00000000-0000-7000-8000-000000000013', 'FREE',
        '1-10', 'MONTH', 9900);
INSERT INTO subscription
    (id, partner_id, client_id, plan_id, bracket_id, price_id, status, payer, interval,
     currency_code, amount_minor, started_at, billing_starts_at)
    VALUES ('00000000-0000-7000-8000-000000000015', '00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000004', 'FREE', '1-10',
        '00000000-0000-7000-8000-000000000014', 'ACTIVE', 'PARTNER', 'MONTH', 'USD', 9900,
        '2024-01-01 00:00:00+00:00', '2024-01-15 00:00:00+00:00');
INSERT INTO event
    (id, partner_id, client_id, type, subject_id, actor_role, data, occurred_at)
    VALUES ('00000000-0000-7000-8000-000000000009', '00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000004', 'CLIENT_CREATED',
        '00000000-0000-7000-8000-000000000004', 'VENDOR_ADMIN', '{}', '2024-01-01 00:00:00+00:00');
"""
FILLED = [
    *["plan", "employee_bracket", "partner", "client", "advisor", "advisor_assignment"],
    *["vendor", "content_library", "content_item", "price_book", "price", "subscription", "event"],
]
# What became rows of a table of their own.
MOVED = {("content_item", "audience_tiers")}


async def filled_tables() -> dict[str, list[dict[str, Any]]]:
    return {
        table: [{name: str(value) for name, value in row.items()} for row in found]
        for table in FILLED
        if (found := await rows(f"SELECT * FROM {table} ORDER BY id"))
    }


@dataclass
class Stepped:
    """SQLite after each real migration: its rows, and at the end its schema."""

    tables: list[dict[str, list[dict[str, Any]]]]
    catalog: Catalog
    moved: dict[str, list[dict[str, Any]]]


MADE = {
    "content_audience": "SELECT kind, key FROM content_audience ORDER BY key",
    "billing_policy": "SELECT return_slot_on_archive FROM billing_policy",
    "subscription": "SELECT former_plan_id, due_at FROM subscription",
}


async def migrate_step_by_step(url: str, folder: str, packages: list[str]) -> Stepped:
    stepped = Stepped([], {}, {})
    for package in packages:
        async with opened(url, folder, package) as database:
            await migrate(database)
            if not stepped.tables:
                await get_connection(WRITER).execute_script(FIRST_ROWS)
            stepped.tables.append(await filled_tables())
            if package == packages[-1]:
                stepped.catalog = await read_catalog(database)
                stepped.moved = {table: list(await rows(sql)) for table, sql in MADE.items()}
    return stepped


@pytest.fixture(scope="module")
def stepped(of_all_workers: Path) -> Stepped:
    """The real migrations one after the other, over rows that are there since the first."""
    stepped = made_once(of_all_workers, "stepped", step) / "result"
    return pickle.loads(stepped.read_bytes())


def step(folder: Path) -> None:
    packages = [f"up_to_{name}" for name in MIGRATIONS]
    for count, package in enumerate(packages, 1):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        for name in MIGRATIONS[:count]:
            shutil.copy(Path(migrations.__path__[0]) / f"{name}.py", folder / package)
    url = f"sqlite://{folder / 'own.sqlite3'}"
    stepped = run_apart(migrate_step_by_step, url, str(folder), packages)
    (folder / "result").write_bytes(pickle.dumps(stepped))


def test_rows_survive_every_real_migration_on_sqlite(stepped: Stepped) -> None:
    first, *later = stepped.tables

    assert set(first) == set(FILLED)
    assert len(later) == len(MIGRATIONS) - 1
    for tables in later:
        for table, kept in first.items():
            for row, now in zip(kept, tables[table], strict=True):
                # A column may have been added; no value has changed.
                stays = {name: row[name] for name in row if (table, name) not in MOVED}
                assert now.items() >= stays.items()


def test_what_moved_to_other_tables_is_there(stepped: Stepped) -> None:
    assert stepped.moved["content_audience"] == [
        {"kind": "TIER", "key": "gold"},
        {"kind": "TIER", "key": "it's"},
    ]
    [policy] = stepped.moved["billing_policy"]
    assert bool(policy["return_slot_on_archive"]) is True
    [subscription] = stepped.moved["subscription"]
    assert subscription["former_plan_id"] == "FREE"
    assert str(subscription["due_at"]).startswith("2024-01-15")


async def test_both_databases_come_out_with_the_same_promises(
    database: Database, stepped: Stepped
) -> None:
    # PostgreSQL alters its tables; SQLite makes them anew, where a promise can be lost.
    fresh = await read_catalog(database)

    for kind in ("columns", "indexes", "keys", "checks"):
        assert len(fresh[kind]) > 20
        assert stepped.catalog[kind] - fresh[kind] == set(), f"{kind} only after steps on SQLite"
        assert fresh[kind] - stepped.catalog[kind] == set(), f"{kind} lost in steps on SQLite"


async def refuse_what_is_newer(url: str) -> tuple[list[str], Catalog]:
    refusals = []
    async with opened(url) as database:
        await pending(database)
        await get_connection(WRITER).execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('models', '9999_from_the_future', '2099-01-01 00:00:00+00:00')"
        )
        for attempt in (pending, migrate):
            try:
                await attempt(database)
            except DatabaseTooNew as refusal:
                refusals.append(str(refusal))
        return refusals, await read_catalog(database)


async def test_a_database_of_a_newer_release_is_refused_untouched(apart: Apart, url: str) -> None:
    refusals, catalog = await apart(refuse_what_is_newer, url)

    assert len(refusals) == 2
    for refusal in refusals:
        assert "9999_from_the_future" in refusal and "newer" in refusal
    assert catalog["columns"] == set()


# Migrations made up for these tests: a parent whose children would be deleted along with it.

HEADER = """
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = {dependencies}
    operations = [{operations}]
"""
FAMILY = """
    ops.CreateModel(
        name="Parent",
        fields=[
            ("id", fields.IntField(primary_key=True, generated=False)),
            ("name", fields.CharField(max_length=20)),
            ("town", fields.CharField(max_length=20, unique=True)),
            ("age", fields.IntField()),
        ],
        options={
            "table": "parent",
            "app": "models",
            "unique_together": (("name", "age"),),
            "indexes": [Index(fields=["age", "name"], name="ix_parent_age")],
        },
    ),
    ops.CreateModel(
        name="Child",
        fields=[
            ("id", fields.IntField(primary_key=True, generated=False)),
            ("parent", fields.ForeignKeyField(
                "models.Parent", related_name=False, on_delete=OnDelete.CASCADE)),
        ],
        options={"table": "child", "app": "models"},
    ),
    ops.RunSQL("CREATE UNIQUE INDEX ux_parent_young ON parent (name) WHERE age < 20"),
    ops.RunSQL("INSERT INTO parent (id, name, town, age) VALUES (1, 'Ann', 'Oslo', 30)"),
    ops.RunSQL("INSERT INTO parent (id, name, town, age) VALUES (2, 'Bob', 'Bern', 10)"),
    ops.RunSQL("INSERT INTO child (id, parent_id) VALUES (1, 1)"),
    ops.RunSQL("INSERT INTO child (id, parent_id) VALUES (2, 1)"),
"""
ALTER_NAME = """
    ops.AlterField(
        model_name="Parent", name="name", field=fields.CharField(max_length=40, null=True)),
"""
ADD_CHECK = """
    ops.AddConstraint(
        model_name="Parent", constraint=CheckConstraint(check="age >= 0", name="ck_parent_age")),
"""
REMOVE_INDEX = 'ops.RemoveIndex(model_name="Parent", name="ix_parent_age"),'
DROP_INDEX = 'ops.RunSQL("DROP INDEX ux_parent_young"),'
BREAK = 'ops.RunSQL("DELETE FROM parent WHERE id = 1"),'
FAIL = 'ops.RunSQL("INSERT INTO nowhere VALUES (1)"),'


def write_package(folder: Path, *migrations: str) -> tuple[str, str]:
    """A package with one migration for each text of operations; its folder and name."""
    name = f"made_up_{uuid4().hex}"
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    dependencies: list[tuple[str, str]] = []
    for number, operations in enumerate(migrations, 1):
        text = HEADER.format(dependencies=dependencies, operations=operations)
        (folder / name / f"{number:04d}_step.py").write_text(text)
        dependencies = [("models", f"{number:04d}_step")]
    return str(folder), name


async def run_made_up(url: str, folder: str, package: str) -> dict[str, Any]:
    """Apply the migrations of a package; what came of it, and what the database is like then."""
    async with opened(url, folder, package) as database:
        outcome, reported = "", []
        try:
            await migrate(database, reported.append)
        except (BrokenReferences, OperationalError) as error:
            outcome = f"{type(error).__name__}: {error}"
        return {
            "outcome": outcome,
            "reported": reported,
            "pending": await pending(database),
            "parents": await rows("SELECT id, name, town, age FROM parent ORDER BY id"),
            "children": await rows("SELECT id, parent_id FROM child ORDER BY id"),
            "orphans are refused": await refuses("INSERT INTO child VALUES (9, 99)"),
            "checks are kept": await refuses("UPDATE parent SET age = -1"),
            "catalog": await read_catalog(database),
        }


async def refuses(sql: str) -> bool:
    try:
        await get_connection(WRITER).execute_query(sql)
    except IntegrityError:
        return True
    return False


PARENTS = [
    {"id": 1, "name": "Ann", "town": "Oslo", "age": 30},
    {"id": 2, "name": "Bob", "town": "Bern", "age": 10},
]
CHILDREN = [{"id": 1, "parent_id": 1}, {"id": 2, "parent_id": 1}]
INDEXES = {
    ("parent", ("id",), True, False),
    ("parent", ("town",), True, False),
    ("parent", ("name", "age"), True, False),
    ("parent", ("age", "name"), False, False),
    ("parent", ("name",), True, True),
    ("child", ("id",), True, False),
}


def indexes_of(result: dict[str, Any]) -> set[Any]:
    # On SQLite an integer primary key is the row's own number and has no index.
    keys = {("parent", ("id",), True, False), ("child", ("id",), True, False)}
    return set(result["catalog"]["indexes"]) | keys


async def test_a_rebuilt_parent_keeps_its_children_its_indexes_and_its_keys(
    apart: Apart, url: str, tmp_path: Path
) -> None:
    made_up = write_package(tmp_path, FAMILY, ALTER_NAME + ADD_CHECK, ALTER_NAME)

    result = await apart(run_made_up, url, *made_up)

    assert (result["outcome"], result["pending"]) == ("", [])
    assert result["reported"] == ["0001_step", "0002_step", "0003_step"]
    assert result["parents"] == PARENTS
    assert result["children"] == CHILDREN
    assert indexes_of(result) == INDEXES
    assert result["catalog"]["keys"] == {("child", "parent_id", "parent")}
    assert result["orphans are refused"] and result["checks are kept"]


async def test_what_is_applied_is_not_applied_again(apart: Apart, url: str, tmp_path: Path) -> None:
    made_up = write_package(tmp_path, FAMILY, ALTER_NAME + ADD_CHECK)
    first = await apart(run_made_up, url, *made_up)

    again = await apart(run_made_up, url, *made_up)

    assert again == {**first, "reported": []}


async def test_an_index_that_a_migration_removes_stays_away(
    apart: Apart, url: str, tmp_path: Path
) -> None:
    made_up = write_package(
        tmp_path, FAMILY, ALTER_NAME + REMOVE_INDEX + DROP_INDEX + ADD_CHECK, ALTER_NAME
    )

    result = await apart(run_made_up, url, *made_up)

    assert (result["outcome"], result["pending"]) == ("", [])
    assert INDEXES - indexes_of(result) == {
        ("parent", ("age", "name"), False, False),
        ("parent", ("name",), True, True),
    }


async def test_a_migration_that_breaks_references_is_rolled_back_on_sqlite(
    apart: Apart, sqlite_url: str, tmp_path: Path
) -> None:
    # With the keys off, deleting a parent leaves its children to nobody.
    made_up = write_package(tmp_path, FAMILY, ADD_CHECK + BREAK, ALTER_NAME)

    result = await apart(run_made_up, sqlite_url, *made_up)

    assert (
        result["outcome"].startswith("BrokenReferences") and "child -> parent" in result["outcome"]
    )
    assert result["pending"] == ["0002_step", "0003_step"]
    assert result["parents"] == PARENTS
    assert result["children"] == CHILDREN
    assert indexes_of(result) == INDEXES
    assert result["orphans are refused"] and not result["checks are kept"]


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    apart: Apart, url: str, tmp_path: Path
) -> None:
    made_up = write_package(tmp_path, FAMILY, ADD_CHECK + ALTER_NAME + FAIL)

    result = await apart(run_made_up, url, *made_up)

    assert result["outcome"].startswith("OperationalError")
    assert result["pending"] == ["0002_step"]
    assert (result["parents"], result["children"]) == (PARENTS, CHILDREN)
    assert indexes_of(result) == INDEXES
    assert result["orphans are refused"] and not result["checks are kept"]


# Texts as they were kept before 0014, when marks of every script were left out of keys.

PLAN_AND_TEAM = FIRST_ROWS[: FIRST_ROWS.index("INSERT INTO client")]
OLD_TEXTS = """
INSERT INTO advisor (id, partner_id, name, name_key, email, role, status, created_at) VALUES
    ('00000000-0000-7000-8000-000000000021', {partner}, 'Ørjan', 'ørjan', 'ada@bücher.example',
        'ADVISOR', 'ACTIVE', {time}),
    ('00000000-0000-7000-8000-000000000022', {partner}, 'Ada', 'ada',
        'ada@xn--bcher-kva.example', 'ADVISOR', 'ACTIVE', {time});
INSERT INTO client
    (id, partner_id, name, name_key, domain, domain_shared, employee_count, bracket_id, size_source,
     status, plan_id, created_at) VALUES
    ('00000000-0000-7000-8000-000000000031', {partner}, 'Łódź  Bank', 'łodz bank', 'dup.example',
        FALSE, 7, '1-10', 'COUNTED', 'ACTIVE', 'FREE', {time}),
    ('00000000-0000-7000-8000-000000000032', {partner}, 'ガスコ', 'カスコ', 'www.dup.example',
        FALSE, 7, '1-10', 'COUNTED', 'ACTIVE', 'FREE', {time});
"""
# Names of templates, in the order in which they were made, with the keys before and after.
TEMPLATES = [
    ("Øl и", "øl и", "ol и"),
    # Its old key is the new one of the template before.
    ("Ol й", "ol и", "ol й"),
    ("Łódź", "łodz", "lodz"),
    ("Lodz", "lodz", "lodz~00000000-0000-7000-8000-000000000043"),
    ("ø" * 200, "ø" * 200, "o" * 200),
    ("o" * 200, "o" * 200, "o" * 163 + "~00000000-0000-7000-8000-000000000045"),
]


def old_texts() -> str:
    names = {
        "partner": "'00000000-0000-7000-8000-000000000003'",
        "time": "'2024-01-01 00:00:00+00:00'",
    }
    templates = ", ".join(
        f"('00000000-0000-7000-8000-{40 + number:012d}', {{partner}}, '{name}', '{old}', '',"
        " 'FREE', 'ACTIVE', {time}, {time})"
        for number, (name, old, _) in enumerate(TEMPLATES)
    )
    columns = "id, partner_id, name, name_key, description, plan_id, status, created_at, updated_at"
    insert = f"INSERT INTO client_template ({columns}) VALUES {templates};"
    return PLAN_AND_TEAM + (OLD_TEXTS + insert).format(**names)


async def canonical_texts(url: str, folder: str, package: str) -> dict[str, list[Any]]:
    async with opened(url, folder, package) as database:
        await migrate(database)
        await get_connection(WRITER).execute_script(old_texts())
    async with opened(url) as database:
        await migrate(database)
        found = {
            "templates": "SELECT name, name_key FROM client_template ORDER BY id",
            "people": "SELECT name_key, email FROM advisor ORDER BY id",
            "clients": "SELECT name_key, domain, domain_problem FROM client ORDER BY id",
        }
        return {
            kind: [tuple(row.values()) for row in await rows(sql)] for kind, sql in found.items()
        }


async def test_texts_that_become_alike_are_marked_and_none_is_lost(
    apart: Apart, url: str, tmp_path: Path
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "__init__.py").touch()
    shutil.copy(Path(migrations.__path__[0]) / f"{MIGRATIONS[0]}.py", tmp_path / "before")

    found = await apart(canonical_texts, url, str(tmp_path), "before")

    assert found["templates"] == [(name, new) for name, _, new in TEMPLATES]
    assert [key for key, _ in found["people"]] == ["orjan", "ada"]
    assert len({email for _, email in found["people"]}) == 2
    assert [key for key, _, _ in found["clients"]] == ["lodz bank", "ガスコ"]
    assert [problem for _, _, problem in found["clients"]] == [None, "DUPLICATE"]


# A new table, in one migration.

NEW_TABLE = """
    RunPython(guarding),
    ops.CreateModel(
        name="Partner",
        fields=[("id", fields.IntField(primary_key=True, generated=False))],
        options={"table": "partner", "app": "models"},
    ),
    ops.RunSQL("INSERT INTO partner (id) VALUES (7), (8), (9)"),
    CreateTable(
        name="Thing",
        fields=[
            ("id", fields.IntField(primary_key=True, generated=False)),
            ("partner", fields.ForeignKeyField(
                "models.Partner", related_name=False, on_delete=OnDelete.RESTRICT)),
            ("name", fields.CharField(max_length=20)),
            ("state", fields.CharField(max_length=20)),
        ],
        options={
            "table": "thing",
            "app": "models",
            "unique_together": (("partner_id", "name"),),
            "indexes": [Index(fields=["name", "id"], name="ix_thing_name")],
            "constraints": [
                CheckConstraint(check="state IN ('A', 'B')", name="ck_thing_state"),
                UniqueConstraint(fields=("state", "name"), name="uq_thing_state"),
                CheckConstraint(check="name <> ''", name="ck_thing_name"),
            ],
        },
    ),
    CreateTable(
        name="Key",
        fields=[("id", fields.IntField(primary_key=True, generated=False))],
        options={"table": "key", "app": "models"},
        guarded=False,
    ),
    ops.RunSQL("CREATE UNIQUE INDEX ux_thing_a ON thing (partner_id) WHERE state = 'A'"),
    ops.RunSQL("INSERT INTO thing (id, partner_id, name, state) VALUES (1, 7, 'one', 'A')"),
"""
WITH_TABLES = """
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.operations import RunPython

from app.persistence.operations import CreateTable
from app.persistence.row_guards import FUNCTION


async def guarding(apps, editor):
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(FUNCTION)

"""


async def make_things(url: str, folder: str, package: str) -> dict[str, Any]:
    async with opened(url, folder, package) as database:
        await migrate(database)
        insert = "INSERT INTO thing (id, partner_id, name, state) VALUES"
        found = {
            "a state of the list": not await refuses(f"{insert} (2, 8, 'two', 'B')"),
            "another state": await refuses(f"{insert} (3, 8, 'three', 'C')"),
            "no name": await refuses(f"{insert} (3, 8, '', 'B')"),
            "the same name": await refuses(f"{insert} (3, 7, 'one', 'B')"),
            "a name of the state": await refuses(f"{insert} (3, 9, 'two', 'B')"),
            "a second A": await refuses(f"{insert} (3, 7, 'three', 'A')"),
            "rows": await rows("SELECT id FROM thing ORDER BY id"),
            "indexes": (await read_catalog(database))["indexes"],
            "guards": [],
        }
        if database.dialect == "postgres":
            guards = await rows(
                "SELECT c.relname || '.' || t.tgname AS name FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            )
            found["guards"] = sorted(row["name"] for row in guards)
            with pytest.raises(Exception, match="not its own"):
                await get_connection(WRITER).execute_script(
                    "BEGIN; SET LOCAL partnergraph.partner = '7';"
                    f" {insert} (4, 8, 'four', 'B'); COMMIT"
                )
        return found


async def test_a_new_table_takes_one_migration(apart: Apart, url: str, tmp_path: Path) -> None:
    folder, package = write_package(tmp_path, NEW_TABLE)
    [step] = (tmp_path / package).glob("0001*.py")
    step.write_text(WITH_TABLES + step.read_text())

    found = await apart(make_things, url, folder, package)

    guards, indexes = found.pop("guards"), found.pop("indexes")
    assert found.pop("rows") == [{"id": 1}, {"id": 2}]
    assert all(found.values()), found
    assert guards == ([] if url.startswith("sqlite") else ["thing.guard_new", "thing.guard_old"])
    assert {
        ("thing", ("partner_id", "name"), True, False),
        ("thing", ("name", "id"), False, False),
        ("thing", ("partner_id",), True, True),
    } <= indexes


def test_a_written_migration_creates_whole_tables() -> None:
    written = (
        "from tortoise import migrations\nfrom tortoise.migrations import operations as ops\n\n"
        "    operations = [\n        ops.CreateModel(\n            name='Thing',\n"
    )
    text = with_whole_tables(written)
    assert "        CreateTable(\n            name='Thing'" in text
    assert "from app.persistence.operations import CreateTable\n" in text
    unchanged = written.replace("CreateModel", "AddField")
    assert with_whole_tables(unchanged) == unchanged
