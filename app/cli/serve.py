"""`serve`: the API and the explorer."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.auth.secrets import server_secret
from app.cli.data import fill_with_demo
from app.cli.shared import Wrong, clock, err, opened, out, read_settings, run_loop
from app.persistence.database import Database
from app.persistence.migrate import migrate
from app.settings import Settings
from app.startup import require_migrated

if TYPE_CHECKING:
    from app.demo import DemoKey


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Migrate, load the demo once, show keys.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API and the explorer."""
    settings = read_settings()
    given: dict[str, Any] = {"host": host, "port": port, "demo": demo or None}
    served = settings.model_copy(update={k: v for k, v in given.items() if v is not None})
    # With the flag alone, keys that anybody can read stay on this machine.
    if demo and not settings.demo and not _is_loopback(served.host):
        raise Wrong(
            f"--demo hands out keys to whoever reaches {served.host}."
            " Set PARTNERGRAPH_DEMO=true if that is what you want."
        )
    run_loop(_serve(served))


async def _serve(settings: Settings) -> None:
    # Late: the other commands do not wait for the whole schema.
    from app.main import create_app
    from app.serving import server

    async with opened(settings) as database:
        acting = await _prepare_demo(settings, database) if settings.demo else ()
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


async def _prepare_demo(settings: Settings, database: Database) -> "Sequence[DemoKey]":
    from app.demo import demo_keys, is_loaded

    await migrate(database)
    if not await is_loaded(database):
        await fill_with_demo(database)
    return await demo_keys(database, clock, server_secret(settings), settings.data_dir)


def _announce(settings: Settings, port: int, acting: "Sequence[DemoKey]") -> None:
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


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
