"""`migrate` and `demo`: what is in the database."""

from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from app.cli.shared import Wrong, clock, err, opened, out, read_settings, run_loop
from app.persistence import migrate as migrations
from app.persistence.database import Database

SEED = 6


def migrate() -> None:
    """Bring the database up to this release."""

    async def work() -> None:
        async with opened(read_settings()) as database:
            names = await migrations.migrate(database, lambda name: out.print(f"Applied {name}"))
            out.print(f"Migrations applied: {len(names)}." if names else "Nothing to do.")

    run_loop(work())


def demo(
    scale: Annotated[int, typer.Option(min=1, help="Each step is 40 partners, 600 clients.")] = 1,
    seed: Annotated[int, typer.Option(help="Another seed, another demo.")] = SEED,
) -> None:
    """Load the demo into an empty database."""

    async def work() -> None:
        async with opened(read_settings()) as database:
            await migrations.migrate(database)
            await fill_with_demo(database, scale, seed)

    run_loop(work())


async def fill_with_demo(database: Database, scale: int = 1, seed: int = SEED) -> None:
    """Load the demo, with progress bars. Raises Wrong if the database is not empty."""
    from app.demo import NotEmptyError, bill_demo, load_demo

    tasks: dict[str, TaskID] = {}
    with Progress(console=err) as bars:

        def report(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(f"Demo {doing}")
            bars.update(tasks[doing], completed=done, total=total)

        now = clock.now()
        try:
            await load_demo(database, now=now, seed=seed, scale=scale, progress=report)
        except NotEmptyError as error:
            raise Wrong(str(error)) from error
        await bill_demo(database, now=now, progress=report)
