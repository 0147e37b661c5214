"""`serve`: the API and the explorer."""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from ipaddress import ip_address
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.auth.secrets import server_secret
from app.cli.data import fill_with_demo
from app.cli.shared import (
    EXPECTED,
    Wrong,
    clock,
    err,
    opened,
    out,
    read_settings,
    run_loop,
    tell,
)
from app.observability.logs import configure_logs, flush_logs
from app.persistence.database import Database
from app.persistence.migrate import migrate
from app.server.startup import require_migrated
from app.server.supervisor import Supervisor, stop_with, tell_ready
from app.settings import Settings

if TYPE_CHECKING:
    from app.demo import DemoKey
    from app.server.serving import Server


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Migrate, load the demo once, show keys.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Serving processes, on PostgreSQL.")
    ] = None,
) -> None:
    """Serve the API and the explorer."""
    settings = read_settings()
    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "demo": demo or None,
        "workers": workers,
    }
    served = settings.model_copy(update={k: v for k, v in given.items() if v is not None})
    # With the flag alone, keys that anybody can read stay on this machine.
    if demo and not settings.demo and not _is_loopback(served.host):
        raise Wrong(
            f"--demo hands out keys to whoever reaches {served.host}."
            " Set PARTNERGRAPH_DEMO=true if that is what you want."
        )
    if demo and settings.production:
        raise Wrong("--demo and PARTNERGRAPH_PRODUCTION cannot be combined: a demo shows its keys.")
    run_loop(_serve(served) if served.workers == 1 else _supervise(served))


async def _serve(settings: Settings) -> None:
    async with opened(settings, settings.operation_timeout_seconds) as database:
        acting = await _prepare(settings, database)
        await _server(settings, database, lambda port: _announce(settings, port, acting)).serve()


async def _supervise(settings: Settings) -> None:
    if settings.resolved_database_url.startswith("sqlite://"):
        raise Wrong(
            "SQLite is for one process. Set PARTNERGRAPH_DATABASE_URL to a PostgreSQL database, or"
            " serve with one worker."
        )
    async with opened(settings) as database:
        acting = await _prepare(settings, database)
    # Late: so does the library look at the environment.
    from app.observability import metrics

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with ExitStack() as stack:
        listening = socket.create_server((settings.host, settings.port), family=family)
        stack.enter_context(listening)
        port: int = listening.getsockname()[1]
        # What each worker counts, so that whichever is asked answers for all.
        metrics.sweep(Path(gettempdir()))
        folder = stack.enter_context(TemporaryDirectory(prefix=metrics.PREFIX))
        stack.enter_context(metrics.locked(Path(folder)))
        os.environ[metrics.FOLDER] = folder
        supervisor = Supervisor(
            settings.workers,
            _work,
            (settings, listening),
            ready=lambda: _announce(settings, port, acting),
            ended=metrics.forget_worker,
            # Who comes now is turned away, rather than left waiting.
            stopping=listening.close,
        )
        well = await supervisor.run()
    if not well:
        raise typer.Exit(1)


def _work(line: Connection, settings: Settings, listening: socket.socket) -> None:
    """A serving process of several."""
    configure_logs(settings.log_level, settings.log_json)

    async def work() -> None:
        async with opened(settings, settings.operation_timeout_seconds) as database:
            server = _server(settings, database, lambda _: tell_ready(line))
            stop_with(line, server.stop)
            await server.serve([listening])

    try:
        run_loop(work())
    except EXPECTED as error:
        tell(error)
        sys.exit(1)
    finally:
        # A process of multiprocessing ends without what is registered for the end.
        flush_logs()


async def _prepare(settings: Settings, database: Database) -> "Sequence[DemoKey]":
    acting = await _prepare_demo(settings, database) if settings.demo else ()
    await require_migrated(database)
    if settings.shows_schema and not settings.demo:
        err.print(
            "The explorer and introspection are open to everyone. Set PARTNERGRAPH_PRODUCTION=true"
            " where others reach this server.",
            highlight=False,
        )
    if database.dialect == "postgres" and settings.secret is None:
        err.print(
            "PARTNERGRAPH_SECRET is not set: the secret in the data folder is this machine's"
            " alone, and API keys made here work nowhere else.",
            highlight=False,
        )
    return acting


def _server(settings: Settings, database: Database, started: Callable[[int], None]) -> "Server":
    # Late: the other commands do not wait for the whole schema.
    from app.main import create_app
    from app.server.serving import server

    try:
        application = create_app(settings, database, clock)
    except ValueError as error:
        raise Wrong(str(error)) from error
    return server(application, settings, started)


async def _prepare_demo(settings: Settings, database: Database) -> "Sequence[DemoKey]":
    from app.demo import demo_keys, is_loaded

    await migrate(database)
    if not await is_loaded(database):
        await fill_with_demo(database)
    return await demo_keys(database, clock, server_secret(settings), settings.data_dir)


def _announce(settings: Settings, port: int, acting: "Sequence[DemoKey]") -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    at = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if settings.shows_schema:
        out.print(f"\nExplorer  [bold]{at}/[/]")
    out.print(f"GraphQL   {at}/graphql   (POST, WebSocket, SSE)")
    if acting:
        out.print("\nChoose one in the explorer, or send `Authorization: Bearer <key>`:")
        for who in acting:
            out.print(f"\n[bold]{who.label}[/]  {escape(who.description)}", soft_wrap=True)
            out.print(f"  {who.key or 'no key'}", soft_wrap=True, highlight=False)
    out.print("\nStop with Ctrl+C.\n")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
