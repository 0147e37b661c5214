"""Input and report of creating clients from a file."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import strawberry

from app.domain.errors import ErrorCode
from app.services.clients.import_clients import ImportClients
from app.services.clients.read_clients import ClientRow
from schema.clients import Client
from schema.inputs.clients import ClientStart
from schema.inputs.payload import Payload, idempotency_key
from schema.node import encode, row_id
from schema.planned import selection_of


@strawberry.input(description="Clients to create from a CSV file: all of its rows or none.")
class ImportClientsInput:
    """A file of clients."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="For the vendor only; everyone else acts for their own partner."
    )
    csv: str = strawberry.field(
        description="The text of the file: a header, then 1–1,000 rows. Columns: `name`, `domain`, "
        "`employees` or `bracket`, `plan` or `template` (by name), `advisors` (e-mails, `;` "
        "between them), `users` (`Name <e-mail>; ...`), `interval`."
    )
    start: ClientStart | None = strawberry.field(
        default=None, description="The start of rows that name neither a plan nor a template."
    )
    dry_run: bool = strawberry.field(
        default=False,
        description="Check the file only: nothing is written, and the idempotency key stays free.",
    )

    def use_case(self) -> ImportClients:
        """The use case's own input."""
        start = self.start or ClientStart()
        return ImportClients(
            idempotency_key=self.idempotency_key,
            csv=self.csv,
            plan_code=start.plan_code,
            template_id=row_id(start.template_id, "ClientTemplate"),
            partner_id=row_id(self.partner_id, "Partner"),
        )


@strawberry.type(description="One thing that is wrong with a row of a file.")
class ClientRowError:
    """A problem of a row."""

    column: str | None = strawberry.field(
        description="The column of the value that is wrong; null for the row as a whole."
    )
    message: str = strawberry.field(description="What is wrong and how to fix it, for people.")
    code: ErrorCode = strawberry.field(description="Why, for a program.")


@strawberry.type(description="The outcome for a row of a file of clients.")
class ClientRowResult:
    """A row of the report."""

    line: int = strawberry.field(description="Its line in the file; the header is in line 1.")
    client_id: strawberry.ID | None = strawberry.field(
        description="The new client; null if it was refused, or checked only."
    )
    errors: list[ClientRowError] = strawberry.field(
        description="All that is wrong with it; empty if it is fine."
    )


@strawberry.type(description="The answer of `importClients`.")
class ImportClientsPayload(Payload):
    """The report."""

    rows: list[ClientRowResult] = strawberry.field(
        description="The rows of the file, in its order. Empty if it could not be read."
    )

    @strawberry.field(
        description="The new clients, in the order of the rows; null if they were refused, or "
        "checked only."
    )
    async def clients(self, info: strawberry.Info) -> list[Client] | None:
        """The clients, as they are now."""
        ids = list(self.ids.values())
        if not ids:
            return None
        found = await info.context.reads.by_keys(selection_of(info), ids)
        return [found[str(id)] for id in ids]


def imported_rows(ids: Mapping[str, UUID]) -> list[ClientRowResult]:
    """The report of a file whose clients were created."""
    return [
        ClientRowResult(
            line=int(name.removeprefix("client.")),
            client_id=strawberry.ID(encode("Client", id)),
            errors=[],
        )
        for name, id in ids.items()
    ]


def checked_rows(rows: Sequence[ClientRow]) -> list[ClientRowResult]:
    """The report of a file that was checked, or refused."""
    return [
        ClientRowResult(
            line=row.line,
            client_id=None,
            errors=[
                ClientRowError(
                    column="".join(problem.field) or None,
                    message=problem.message,
                    code=problem.code,
                )
                for problem in row.problems
            ],
        )
        for row in rows
    ]
