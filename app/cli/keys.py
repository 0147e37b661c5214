"""`keys`: create, list, revoke."""

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from app.auth.api_keys import KEY_ROLES, NewKey, create_key, list_keys, revoke_key
from app.auth.people import by_email
from app.auth.secrets import server_secret
from app.cli.shared import Wrong, clock, err, migrated, out, read_settings, run_loop
from app.domain.identity import Role, Scope
from app.persistence.database import Database
from app.persistence.models import Partner
from app.services.visible import find_by

keys = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")


def _role(text: str) -> Role:
    if text not in KEY_ROLES:
        raise typer.BadParameter(f"There are no keys for {text}: give one of {_ROLES}.")
    return Role(text)


_ROLES = ", ".join(KEY_ROLES)


@keys.command("create")
def create_command(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[
        Role,
        typer.Option(
            parser=_role, metavar="ROLE", help=f"Whose key: an app's, or a person's. {_ROLES}."
        ),
    ],
    partner: Annotated[
        str | None, typer.Option(help="Slug of the APP's or the person's partner.")
    ] = None,
    vendor: Annotated[
        bool, typer.Option("--vendor", help="An APP that acts for the vendor: in all partners.")
    ] = False,
    email: Annotated[str | None, typer.Option(help="Address of the person.")] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What an APP may do; repeat it.")
    ] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days it is valid.")] = None,
) -> None:
    """Make a key, and show it: once."""
    misfits = _misfits(role, partner, vendor, email, scope)
    if misfits:
        raise Wrong(" ".join(misfits))

    async def work() -> str:
        settings = read_settings()
        async with migrated(settings) as database:
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
        # The key whole, whatever the width: it is what `keys revoke` takes.
        table = Table(
            Column("Key", no_wrap=True, min_width=19),
            "Name",
            "Role",
            "Partner",
            "Scopes",
            "Expires",
            "Revoked",
        )
        async with migrated(read_settings()) as database:
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
        async with migrated(read_settings()) as database:
            if not await revoke_key(database, clock, key):
                raise Wrong("There is no live key of that name. See `keys list`.")
            out.print("Revoked.")

    run_loop(work())


def _misfits(
    role: Role, partner: str | None, vendor: bool, email: str | None, scopes: list[Scope] | None
) -> list[str]:
    """Which options do not fit a key of this role, in sentences that say what to do."""
    if role is Role.APP:
        rules = {
            # The wider of the two must be said: left out by mistake, it would open all partners.
            "An APP acts either for a partner or for the vendor: give --partner or --vendor.": (
                vendor == (partner is not None)
            ),
            "An APP is no person: leave out --email.": email is not None,
            "An APP needs at least one scope: give --scope.": not scopes,
        }
    else:
        rules = {
            f"The key of a person names one: give the --email of the {role}.": not email,
            "Only an APP acts for the vendor as such: leave out --vendor.": vendor,
            "A person may do what its role may: leave out --scope.": bool(scopes),
        }
    return [sentence for sentence, broken in rules.items() if broken]


async def _partner_id(database: Database, slug: str | None) -> Any:
    if slug is None:
        return None
    partner = await database.read(lambda: find_by(Partner, slug=slug))
    if partner is None:
        raise LookupError(f"There is no partner {slug!r}.")
    return partner.id
