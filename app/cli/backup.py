"""`backup` and `restore`: a copy of the database, and back."""

import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import typer

from app.cli.shared import Wrong, opened, out, read_settings, run_loop
from app.persistence.database import take_lock
from app.persistence.sqlite_backup import Damaged, check_file, copy_database, put_in_place
from app.services.integrity.verify_database import Verified, verify_database
from app.settings import Settings

_SQLITE = "sqlite://"
# Where Tortoise keeps which migrations were applied.
_MIGRATIONS = "tortoise_migrations"
# What asyncpg and PostgreSQL's programs both take, and the name that the programs have for it.
_LIBPQ = {"host": "host", "port": "port", "ssl": "sslmode", "sslmode": "sslmode"}


def backup(
    file: Annotated[Path, typer.Argument(help="The copy; it must not be there yet.")],
) -> None:
    """Copy the database (SQLite) while the server runs, check the copy, tell its SHA-256."""
    settings = read_settings()
    if _is_postgres(settings):
        _refer_to("pg_dump", "--format=custom", f"--file={file}", _address(settings))
    source = _file(settings)
    try:
        copied = copy_database(source, file)
    except Damaged as damaged:
        raise Wrong(f"No backup was made of {source}. {damaged}") from damaged
    for table, count in copied.rows.items():
        if count:
            _say(f"{count:>12,}  {table}")
    _say(f"SHA-256 {copied.sha256}  {file}")
    _say(f"{copied.size:,} bytes, and sound. {_NOT_IN_IT}")


def restore(
    file: Annotated[Path | None, typer.Argument(help="A copy that `backup` made.")] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Look whether it can be restored; without FILE, look at the database itself.",
        ),
    ] = False,
) -> None:
    """Put a copy in the place of the database (SQLite), which is moved aside. Stop the server."""
    settings = read_settings()
    if file is None:
        if not verify:
            raise Wrong("Name the copy to restore.")
        _require_whole(_found_in_place(settings))
        return
    if _is_postgres(settings):
        address = _address(settings)
        _refer_to("pg_restore", "--clean", "--if-exists", f"--dbname={address}", str(file))
    target = _file(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    if verify:
        with TemporaryDirectory(prefix=".verify-", dir=target.parent) as folder:
            _, found = _sound_copy(settings, file, Path(folder))
        _require_whole(found)
        return
    with take_lock(target), TemporaryDirectory(prefix=".restore-", dir=target.parent) as folder:
        copy, found = _sound_copy(settings, file, Path(folder))
        _say(_told(found))
        aside = put_in_place(copy, target, datetime.now(UTC))
    _say(f"Restored to {target}.{f' What was there is {aside} now.' if aside else ''}")
    _say(_NOT_IN_IT)


_NOT_IN_IT = (
    "Attached files and the server secret are no part of it: keep, and put back, those that belong"
    " to it."
)


def _sound_copy(settings: Settings, file: Path, folder: Path) -> tuple[Path, Verified]:
    """A copy of a file, in a folder of its own, in which no fault was found; and what was.

    Raises Wrong, DatabaseTooNew.
    """
    log = Path(f"{file}-wal")
    if log.exists() and log.stat().st_size:
        raise Wrong(
            f"{log} belongs to {file}: that was copied from under a server, not made by `backup`."
        )
    copy = folder / "copy.sqlite3"
    # Looked through where nothing can happen to the one that it is a copy of.
    shutil.copyfile(file, copy)
    copy.chmod(0o600)
    try:
        rows = check_file(copy)
    except Damaged as damaged:
        raise Wrong(f"{file} is no sound copy. {damaged}") from damaged
    if not rows.get(_MIGRATIONS):
        raise Wrong(f"{file} is no database of this service.")
    return copy, run_loop(_look_through(settings, f"{_SQLITE}{copy}"))


def _found_in_place(settings: Settings) -> Verified:
    """What is found in the database itself. Raises Wrong, DatabaseTooNew, DatabaseInUse."""
    if _is_postgres(settings):
        found: Verified = run_loop(_look_through(settings, settings.resolved_database_url))
        return found
    target = _file(settings)
    if not target.is_file():
        raise Wrong(f"There is no database at {target}.")
    found = run_loop(_look_through(settings, settings.resolved_database_url))
    # Now: whoever opens it folds in what a server that was killed has left beside it.
    with take_lock(target):
        try:
            check_file(target)
        except Damaged as damaged:
            raise Wrong(f"{target} is not sound. {damaged}") from damaged
    return found


async def _look_through(settings: Settings, url: str) -> Verified:
    """What is found in a database; no faults are. Raises Wrong, DatabaseTooNew."""
    async with opened(settings.model_copy(update={"database_url": url})) as database:
        found = await verify_database(database)
    for fault in found.faults:
        _say(fault)
    if found.faults:
        raise Wrong(f"The database is not whole. Faults: {len(found.faults)}.")
    return found


def _require_whole(found: Verified) -> None:
    """Tell that a database is whole. Raises Wrong unless all of it was checked."""
    if found.empty or found.pending:
        raise Wrong(_told(found))
    _say(_told(found))


def _told(found: Verified) -> str:
    """What to say of a database in which no fault was found."""
    if found.empty:
        return "The database is empty: there is nothing in it that could be looked at."
    if found.pending:
        return (
            "It is of an earlier release, so its events and its audit trail were NOT checked."
            f" Migrations to be applied: {len(found.pending)}, from {found.pending[0]} on. Restore"
            " it, `migrate`, then `restore --verify`; or verify it with the release that made it."
        )
    return "It is whole: readable, of this release, no event missing, the audit trail unbroken."


def _is_postgres(settings: Settings) -> bool:
    return not settings.resolved_database_url.startswith(_SQLITE)


def _file(settings: Settings) -> Path:
    return Path(settings.resolved_database_url.removeprefix(_SQLITE))


def _address(settings: Settings) -> str:
    """The URL of the PostgreSQL database for PostgreSQL's own programs, without its password."""
    parts = urlsplit(settings.database_url)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    query = urlencode(
        [(_LIBPQ[name], value) for name, value in parse_qsl(parts.query) if name in _LIBPQ],
        safe="/",
    )
    return urlunsplit(parts._replace(scheme="postgresql", netloc=netloc, query=query))


def _refer_to(*command: str) -> NoReturn:
    _say(shlex.join(command))
    raise Wrong(
        "PostgreSQL has programs for that: run the line above. They ask for the password, or take"
        " it from PGPASSWORD."
    )


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
