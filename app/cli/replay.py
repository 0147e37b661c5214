"""`replay`: a kept evaluation again, years later."""

from typing import Annotated
from uuid import UUID

import typer

from app.cli.shared import Wrong, migrated, out, read_settings, run_loop
from app.domain.ids import id_prefix
from app.services.programs.replay_evaluation import Replayed, replay_evaluation


def replay(
    evaluation: Annotated[
        str, typer.Argument(help="The id of the evaluation, as the API tells it.")
    ],
) -> None:
    """Evaluate again from what was kept and from the records, and compare. Writes nothing."""

    async def work() -> Replayed:
        async with migrated(read_settings()) as database:
            found = await replay_evaluation(database, _id(evaluation))
            if found is None:
                raise Wrong("There is no such evaluation. Check the id.")
            return found

    told = run_loop(work())
    for what, same in (
        ("What went in, by its digest", told.same_inputs),
        ("What came out", told.same_result),
        ("What the records add up to", told.same_records),
    ):
        out.print(f"{what}: {'the same' if same else '[red]different[/]'}.")
    if not told.same:
        raise Wrong("The replay came to something else.")


def _id(text: str) -> UUID:
    try:
        return UUID(text.removeprefix(id_prefix("Evaluation")))
    except ValueError as error:
        raise Wrong("Give an id such as evaluation_0198...") from error
