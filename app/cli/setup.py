"""`setup`: a deployment's first step after `migrate`."""

from datetime import timedelta
from typing import Annotated

import typer

from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.cli.shared import Wrong, clock, migrated, out, read_settings, run_loop
from app.domain.errors import Refused
from app.domain.identity import Role
from app.services.vendor.set_up import SetUp, set_up

FIRST_KEY = timedelta(days=30)


def setup(
    vendor: Annotated[str, typer.Option(help="The vendor's name.")],
    currency: Annotated[str, typer.Option(help="Its home currency, such as USD.")],
    time_zone: Annotated[str, typer.Option(help="Of its periods, such as Europe/Berlin.")],
    admin_name: Annotated[str, typer.Option(help="The first administrator.")],
    admin_email: Annotated[str, typer.Option(help="Their address.")],
    program: Annotated[str, typer.Option(help="The preset program to start with.")] = "sixclicks",
) -> None:
    """Write the vendor, its first administrator, plans, prices and a tier program; show a key."""

    async def work() -> str:
        settings = read_settings()
        async with migrated(settings) as database:
            wanted = SetUp(vendor, currency, time_zone, admin_name, admin_email, program)
            try:
                admin_id = await set_up(database, clock, wanted)
            except Refused as refused:
                raise Wrong(
                    "; ".join(
                        f"{'.'.join(problem.field) or 'setup'}: {problem.message}"
                        for problem in refused.problems
                    )
                ) from refused
            key = NewKey(
                "First key",
                Role.VENDOR_ADMIN,
                person_id=admin_id,
                expires_at=clock.now() + FIRST_KEY,
            )
            return (await create_key(database, clock, server_secret(settings), key)).text

    key = run_loop(work())
    out.print(f"{vendor} is set up. This key of {admin_name} is shown once; it is valid 30 days:")
    out.print(key, soft_wrap=True, highlight=False)
