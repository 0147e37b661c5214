"""Copies of a SQLite database: made while a server writes to it, checked, and put in its place."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# What belongs to a database file: the log of what is not in it yet, and the index of that.
COMPANIONS = ("-wal", "-shm")
_PAGES = 10_000


class Damaged(Exception):
    """A file that is not a sound database; the message, a sentence about it, says in which way."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy: the SHA-256 of its file, its size in bytes, and its rows by table."""

    sha256: str
    size: int
    rows: Mapping[str, int]


def copy_database(source: Path, target: Path) -> Copied:
    """Copy what is committed now, whoever writes meanwhile, into a file that is not there yet.

    The file appears when it is complete, checked, and on the disk. It is for its owner alone.
    Raises FileNotFoundError, FileExistsError, or Damaged.
    """
    if not source.is_file():
        raise FileNotFoundError(f"There is no database at {source}.")
    _refuse_existing(target)
    beside = target.absolute().parent
    with TemporaryDirectory(".partial", f".{target.name}.", beside) as folder:
        partial = Path(folder) / target.name
        _copy_pages(source, partial)
        partial.chmod(0o600)
        rows = check_file(partial)
        sync(partial)
        copied = Copied(digest(partial), partial.stat().st_size, rows)
        _refuse_existing(target)
        partial.rename(target)
    sync(beside)
    return copied


def check_file(path: Path) -> dict[str, int]:
    """The rows of a database file by table. Raises Damaged unless all of it can be read and no row
    refers to a missing one.
    """
    try:
        # Nobody writes to it, and what SQLite would put beside it is not wanted there.
        with _reading(path, "immutable=1") as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            if faults != ["ok"]:
                raise Damaged(f"It is damaged: {'; '.join(faults)}.")
            if broken := {row[0] for row in connection.execute("PRAGMA foreign_key_check")}:
                raise Damaged(f"Its rows refer to missing ones, in {', '.join(sorted(broken))}.")
            return {table: _count(connection, table) for table in _tables(connection)}
    except sqlite3.DatabaseError as error:
        raise Damaged(f"It cannot be read as a database: {error}.") from error


def put_in_place(copy: Path, target: Path, at: datetime) -> Path | None:
    """Make a file the database; the former one is moved aside, with its log. Gives where to.

    Nothing may have either open. The names change one by one, the new one last: after a crash in
    between there is no database, and this can be done again.
    """
    aside = target.with_name(f"{target.name}.before-restore-{at:%Y%m%dT%H%M%SZ}")
    moved = False
    for suffix in ("", *COMPANIONS):
        former = Path(f"{target}{suffix}")
        if former.exists():
            former.rename(f"{aside}{suffix}")
            moved = True
    sync(target.parent)
    sync(copy)
    copy.rename(target)
    sync(target.parent)
    return aside if moved else None


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_pages(source: Path, target: Path) -> None:
    """Copy all pages as they are in one moment, rows keeping their numbers."""
    # It only reads: two processes that write to the log of one database, or fold it back, can
    # damage it in SQLite before 3.51.3, and the server is one.
    with _reading(source, "mode=ro") as reader, closing(sqlite3.connect(target)) as writer:
        # From here on it sees one state; else each change would have it begin again.
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        # Step by step, for Ctrl+C to be heard.
        reader.backup(writer, pages=_PAGES, progress=lambda *_: None)


@contextmanager
def _reading(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?{how}"
    options: Any = {"uri": True, "timeout": 10, "isolation_level": None}
    with closing(sqlite3.connect(uri, **options)) as connection:
        yield connection


def _tables(connection: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(row[0] for row in connection.execute(sql))


def _count(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]
    return count


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists already, and is left as it is.")
