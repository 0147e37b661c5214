"""`admit`: let an invited person in by the tokens of the identity provider."""

from typing import Annotated

import typer

from app.auth.admission import admit as admit_person
from app.auth.people import by_email
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.identity import Role


def admit(
    subject: Annotated[str, typer.Argument(help="The `sub` in the person's tokens.")],
    role: Annotated[Role, typer.Option(help="What the person is.")],
    email: Annotated[str, typer.Option(help="Address of the person.")],
    partner: Annotated[str | None, typer.Option(help="Slug of the person's partner.")] = None,
) -> None:
    """Let a person in: by the subject of their tokens; an invited one becomes active."""

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            try:
                if role in (Role.APP, Role.PUBLIC):
                    raise ValueError(f"{role} is no person. Use `keys create` for an app.")
                person_id = await by_email(database, role, email, partner)
                clock = await service_clock(settings, database)
                await admit_person(database, clock, role, person_id, subject)
            except (LookupError, ValueError) as error:
                raise Wrong(str(error)) from error
        out.print(f"{email} is admitted.")

    run_loop(work())
