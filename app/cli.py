"""The command line: serve | migrate | demo | keys | export-schema."""

import difflib
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table
from tortoise.exceptions import BaseORMException

from app.auth.api_keys import NewKey, create_key, list_keys, revoke_key
from app.auth.people import by_email
from app.auth.secrets import server_secret
from app.demo import DemoKey, NotEmptyError, demo_keys, is_loaded, load_demo
from app.domain.clock import SystemClock
from app.domain.identity import Role, Scope
from app.logs import configure_logs
from app.main import NotMigrated, api_schema, create_app, require_migrated
from app.persistence.database import Database, DatabaseInUse
from app.persistence.migrate import BrokenReferences, DatabaseTooNew, migrate
from app.persistence.models import Partner
from app.serving import run_loop, server
from app.settings import Settings

SDL = Path(__file__).parents[1] / "schema" / "schema.graphql"


class Wrong(Exception):
    """Something the operator can mend; the message says how."""


# What goes wrong without being a bug: one line, no traceback.
EXPECTED = (
    Wrong,
    NotMigrated,
    NotEmptyError,
    DatabaseInUse,
    DatabaseTooNew,
    BrokenReferences,
    BaseORMException,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    sqlite3.Error,
    OSError,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")
app.add_typer(keys, name="keys")
out = Console()
err = Console(stderr=True)
clock = SystemClock()


def run() -> None:
    """Run a command; what the operator can mend ends with one line and exit code 1."""
    try:
        app()
    except EXPECTED as error:
        text = str(error).strip() or type(error).__name__
        err.print(f"[red]Error:[/] {escape(text)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.callback()
def main() -> None:
    """Partnergraph: the partner program of a software vendor as one GraphQL graph."""


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Migrate, load the demo once, show keys.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API and the explorer."""
    settings = _settings()
    given: dict[str, Any] = {"host": host, "port": port, "demo": demo or None}
    served = settings.model_copy(update={k: v for k, v in given.items() if v is not None})
    # With the flag alone, keys that anybody can read stay on this machine.
    if demo and not settings.demo and not _is_loopback(served.host):
        raise Wrong(
            f"--demo hands out keys to whoever reaches {served.host}."
            " Set PARTNERGRAPH_DEMO=true if that is what you want."
        )
    run_loop(_serve(served))


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database up to this release."""

    async def work() -> None:
        async with _opened(_settings()) as database:
            names = await migrate(database, lambda name: out.print(f"Applied {name}"))
            out.print(f"{len(names)} migrations applied." if names else "Nothing to do.")

    run_loop(work())


@app.command("demo")
def demo_command(
    scale: Annotated[int, typer.Option(min=1, help="Each step is 40 partners, 600 clients.")] = 1,
    seed: Annotated[int, typer.Option(help="Another seed, another demo.")] = 6,
) -> None:
    """Load the demo into an empty database."""

    async def work() -> None:
        async with _opened(_settings()) as database:
            await migrate(database)
            await _load_demo(database, scale, seed)

    run_loop(work())


@keys.command("create")
def create_command(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="APP, or the role of the person it acts as.")],
    partner: Annotated[str | None, typer.Option(help="Slug of the partner.")] = None,
    email: Annotated[str | None, typer.Option(help="Address of the person.")] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What an APP may do; repeat it.")
    ] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days it is valid.")] = None,
) -> None:
    """Make a key, and show it: once."""

    async def work() -> str:
        settings = _settings()
        async with _migrated(settings) as database:
            expires_at = clock.now() + timedelta(days=expires_days) if expires_days else None
            scopes = frozenset(scope or ())
            try:
                if role is Role.APP:
                    partner_id = await _partner_id(database, partner)
                    new = NewKey(name, role, None, partner_id, scopes, expires_at)
                else:
                    person = await by_email(database, role, email or "", partner)
                    new = NewKey(name, role, person, None, scopes, expires_at)
                made = await create_key(database, clock, server_secret(settings), new)
            except (LookupError, ValueError) as error:
                raise Wrong(str(error)) from error
            return made.text

    text = run_loop(work())
    err.print("Keep this key: it cannot be shown again.")
    # Alone on standard output, so that a script can take it.
    print(text)


@keys.command("list")
def list_command() -> None:
    """List all keys; never their secrets."""

    async def work() -> None:
        table = Table("Key", "Name", "Role", "Partner", "Scopes", "Expires", "Revoked")
        async with _migrated(_settings()) as database:
            for key in await list_keys(database):
                days = (f"{at:%Y-%m-%d}" if at else "" for at in (key.expires_at, key.revoked_at))
                words = (key.name, key.role, key.partner or "", " ".join(key.scopes), *days)
                table.add_row(f"pg_{key.public_id}", *map(escape, words))
        out.print(table)

    run_loop(work())


@keys.command("revoke")
def revoke_command(
    key: Annotated[str, typer.Argument(help="The key as `keys list` shows it: pg_...")],
) -> None:
    """Revoke a key: it stops at once."""

    async def work() -> None:
        async with _migrated(_settings()) as database:
            if not await revoke_key(database, clock, key):
                raise Wrong("There is no live key of that name. See `keys list`.")
            out.print("Revoked.")

    run_loop(work())


@app.command("export-schema")
def export_schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit 1 if it differs.")
    ] = False,
) -> None:
    """Write schema/schema.graphql, the API as one file."""
    text = api_schema(Settings(explorer=True)).as_str().strip() + "\n"
    kept = SDL.read_text(encoding="utf-8") if SDL.exists() else ""
    if not check:
        SDL.write_text(text, encoding="utf-8")
        out.print(f"Wrote {SDL.relative_to(SDL.parents[1])}.")
    elif text != kept:
        lines = (kept.splitlines(), text.splitlines())
        diff = difflib.unified_diff(*lines, "schema.graphql", "the code", lineterm="")
        print("\n".join(diff))
        raise Wrong("schema/schema.graphql is not what the code says. Run `make schema`.")


async def _serve(settings: Settings) -> None:
    configure_logs(settings.log_level, settings.log_json)
    async with _opened(settings) as database:
        acting: Sequence[DemoKey] = ()
        if settings.demo:
            await migrate(database)
            if not await is_loaded(database):
                await _load_demo(database, 1, 6)
            acting = await demo_keys(database, clock, server_secret(settings), settings.data_dir)
        await require_migrated(database)
        if database.dialect == "postgres" and settings.secret is None:
            err.print(
                "PARTNERGRAPH_SECRET is not set: the secret in the data folder is this machine's"
                " alone, and API keys made here work nowhere else.",
                highlight=False,
            )
        try:
            application = create_app(settings, database, clock)
        except ValueError as error:
            raise Wrong(str(error)) from error
        started = server(application, settings, lambda port: _announce(settings, port, acting))
        await started.serve()


def _announce(settings: Settings, port: int, acting: Sequence[DemoKey]) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    at = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if settings.explorer:
        out.print(f"\nExplorer  [bold]{at}/[/]")
    out.print(f"GraphQL   {at}/graphql   (POST, WebSocket, SSE)")
    if acting:
        out.print("\nChoose one in the explorer, or send `Authorization: Bearer <key>`:")
        for who in acting:
            out.print(f"\n[bold]{who.label}[/]  {escape(who.description)}", soft_wrap=True)
            out.print(f"  {who.key or 'no key'}", soft_wrap=True, highlight=False)
    out.print("\nStop with Ctrl+C.\n")


async def _load_demo(database: Database, scale: int, seed: int) -> None:
    tasks: dict[str, TaskID] = {}
    with Progress(console=err) as bars:

        def report(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(f"Demo {doing}")
            bars.update(tasks[doing], completed=done, total=total)

        await load_demo(database, now=clock.now(), seed=seed, scale=scale, progress=report)


async def _partner_id(database: Database, slug: str | None) -> Any:
    if slug is None:
        return None
    partner = await database.read(lambda: Partner.get_or_none(slug=slug))
    if partner is None:
        raise LookupError(f"There is no partner {slug!r}.")
    return partner.id


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    try:
        database = Database(settings.resolved_database_url, settings.pool_size)
    except ValueError as error:
        raise Wrong(str(error)) from error
    try:
        await database.open()
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _migrated(settings: Settings) -> AsyncIterator[Database]:
    async with _opened(settings) as database:
        await require_migrated(database)
        yield database


def _settings() -> Settings:
    try:
        settings = Settings()
        configure_logs(settings.log_level, settings.log_json)
    except ValidationError as error:
        told = (
            f"PARTNERGRAPH_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        )
        raise Wrong("; ".join(told)) from None
    except ValueError as error:
        raise Wrong(f"PARTNERGRAPH_LOG_LEVEL: {error}") from None
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
