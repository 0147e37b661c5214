"""Clients from a CSV file: every row is checked, then all of them are created, or none.

The rules are those of createClient. What is wrong with the rows is told at once, also that two of
them have one domain, or that together they want more slots than there are.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from app.domain.csv_rows import Row, UnreadableFile
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import AdvisorStatus
from app.domain.plans import PlanCode
from app.persistence.models import Advisor, ClientTemplate, Partner
from app.services.billing.trials import lock_customers
from app.services.clients.details_step import normal_or_none, surroundings
from app.services.clients.insert_clients import add_clients
from app.services.clients.locking import refuse_if
from app.services.clients.new_client import CreateClient, Draft, NewClientChecks
from app.services.clients.read_clients import (
    ClientRow,
    Names,
    emails_in,
    read_client,
    rows_of,
    tell,
)
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner, partner_of, partner_problem
from app.services.use_case import NO_NUL, Caller, Done, perform

# They are created in one transaction, which others wait for.
MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class ImportClients:
    """The text of a file, and plan or template of the rows that name neither."""

    idempotency_key: str
    csv: str
    plan_code: PlanCode | None = None
    template_id: UUID | None = None
    partner_id: UUID | None = None


class RowsRefused(Refused):
    """Rows that are refused: nothing was imported. `rows` are all of the file's."""

    def __init__(self, rows: Sequence[ClientRow]) -> None:
        wrong = sum(bool(row.problems) for row in rows)
        message = f"{wrong:,} of {len(rows):,} rows are refused; nothing was imported."
        super().__init__([Problem(ErrorCode.INVALID, message, ("csv",))])
        self.rows = rows


async def check_import(caller: Caller, input: ImportClients) -> list[ClientRow]:
    """What importClients would say to each row now. Nothing is written; raises as that does."""

    async def work() -> list[ClientRow]:
        partner = await partner_of(caller, input.partner_id)
        rows, _ = await _checked(caller, partner, input, caller.clock.now())
        return rows

    return await caller.database.read(work)


async def import_clients(caller: Caller, input: ImportClients) -> Mapping[str, UUID]:
    """Create a client for each row, or none; gives their ids by line, as `client.2` and so on.

    Raises RowsRefused, with the problems of each row by column; and Refused with REQUIRED,
    NOT_FOUND or PARTNER_NOT_ACTIVE for the partner, with INVALID at `csv` for a file that cannot be
    read or has too many rows, and at `start` for the plan or template of the whole file.
    """
    checksum = hashlib.sha256(input.csv.encode()).hexdigest()
    return await perform(
        caller,
        "importClients",
        input.idempotency_key,
        arguments(input, csv=checksum),
        lambda now: _import(caller, input, now),
    )


async def _import(caller: Caller, input: ImportClients, now: datetime) -> Done:
    partner = await lock_partner((await partner_of(caller, input.partner_id)).id)
    await lock_customers(caller.database, _domains(input.csv))
    rows, drafts = await _checked(caller, partner, input, now)
    if any(row.problems for row in rows):
        raise RowsRefused(rows)
    clients = await add_clients(caller, partner, drafts, now)
    ids = {f"client.{row.line}": client.id for row, client in zip(rows, clients, strict=True)}
    return Done(partner.id, partner.id, ids)


async def _checked(
    caller: Caller, partner: Partner, input: ImportClients, now: datetime
) -> tuple[list[ClientRow], list[Draft]]:
    """All rows with their problems; a draft of each that is a client. Only reads."""
    refuse_if(partner_problem(partner, "partnerId"))
    found = _read(input.csv)
    default = CreateClient(
        "", "", "", input.plan_code, input.template_id, partner_id=input.partner_id
    )
    names = await _names(partner, found)
    rows = [read_client(row, names, default) for row in found]
    around = await surroundings(partner.id, [row.input.domain for row in rows if row.input], now)
    checks = NewClientChecks(caller, partner, now, around)
    drafts: list[Draft] = []
    line_of: dict[str, int] = {}
    for row in rows:
        if row.input is None:
            continue
        draft = await checks.check(row.input)
        _refuse_default(row, draft, input)
        tell(row, draft.all_problems)
        _tell_twice(row, draft.details.domain, line_of)
        drafts.append(draft)
    return rows, drafts


def _domains(text: str) -> set[str]:
    named = (normal_or_none(row.texts.get("domain", "")) for row in _read(text))
    return {domain for domain in named if domain}


def _read(text: str) -> list[Row]:
    if "\0" in text:
        raise refuse(ErrorCode.INVALID, NO_NUL, "csv")
    try:
        rows = list(islice(rows_of(text), MAX_ROWS + 1))
    except UnreadableFile as error:
        raise refuse(ErrorCode.INVALID, str(error), "csv") from error
    if not 1 <= len(rows) <= MAX_ROWS:
        message = f"Give 1 to {MAX_ROWS:,} rows below the header. Split a longer file."
        raise refuse(ErrorCode.INVALID, message, "csv")
    return rows


async def _names(partner: Partner, rows: Sequence[Row]) -> Names:
    templates = await ClientTemplate.filter(partner_id=partner.id).values_list("name_key", "id")
    team = Advisor.filter(
        partner_id=partner.id, status=AdvisorStatus.ACTIVE, email__in=emails_in(rows)
    )
    return Names(dict(templates), dict(await team.values_list("email", "id")))


def _refuse_default(row: ClientRow, draft: Draft, input: ImportClients) -> None:
    """What is wrong with the plan or template of the whole file is told of the file, once."""
    if input.plan_code is None and input.template_id is None:
        return
    if not row.texts.keys() & {"plan", "template"} and draft.chosen.problems:
        raise Refused(draft.chosen.problems)


def _tell_twice(row: ClientRow, domain: str | None, line_of: dict[str, int]) -> None:
    if domain and (first := line_of.setdefault(domain, row.line)) != row.line:
        message = f"Line {first} has this domain, too. A domain has one client."
        row.refuse(ErrorCode.DUPLICATE, message, "domain")
