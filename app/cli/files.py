"""`files`: what is in the storage."""

from datetime import timedelta
from typing import Annotated

import typer

from app.cli.shared import Wrong, clock, migrated, out, read_settings, run_loop
from app.services.content.attach_file import FOLDER
from app.services.content.sweep_files import leftovers
from app.storage import Storage, StorageFailed

files = typer.Typer(no_args_is_help=True, help="Files that are attached to content.")


@files.callback()
def _files() -> None:
    pass


@files.command()
def sweep(
    delete: Annotated[bool, typer.Option("--delete", help="Delete them, not only list.")] = False,
    hours: Annotated[
        int, typer.Option(min=1, help="Leave alone what was stored within so many hours.")
    ] = 24,
) -> None:
    """List, or delete, stored files that belong to nothing: left by processes that were killed."""

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            storage = open_storage(settings.resolved_storage_url)
            before = clock.now() - timedelta(hours=hours)
            found = 0
            for path in storage.parts(FOLDER, before):
                found += 1
                out.print(str(path), markup=False, highlight=False)
                if delete:
                    path.unlink()
            async for key in leftovers(database, storage, before):
                found += 1
                out.print(key, markup=False, highlight=False)
                if delete:
                    await storage.delete(key)
        out.print(f"{found} files{' deleted' if delete else ''}.")

    try:
        run_loop(work())
    except StorageFailed as failed:
        raise Wrong(f"The storage fails: {failed}") from failed


def open_storage(url: str) -> Storage:
    """The storage. Raises Wrong for a place that cannot be."""
    try:
        return Storage(url)
    except (ValueError, OSError) as error:
        raise Wrong(f"PARTNERGRAPH_STORAGE_URL: {error}") from error
