"""The mutation that creates clients from a file."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import Refused
from app.services.clients.import_clients import RowsRefused, check_import, import_clients
from resolvers.permissions import mutation
from schema.errors import user_errors
from schema.inputs.client_imports import (
    ImportClientsInput,
    ImportClientsPayload,
    checked_rows,
    imported_rows,
)


@strawberry.type
class ClientImportMutations:
    """Clients from files."""

    @mutation(
        Action.CREATE_CLIENT,
        "Create clients from a CSV file: all of its rows by the rules of `createClient` or, if "
        "one is refused, none. The report lists every problem of every row.",
    )
    async def import_clients(
        self,
        info: strawberry.Info,
        input: Annotated[ImportClientsInput, strawberry.argument(description="The file.")],
    ) -> ImportClientsPayload:
        """Create clients from a file."""
        caller, use_case = info.context.caller, input.use_case()
        try:
            if input.dry_run:
                checked = await check_import(caller, use_case)
                if any(row.problems for row in checked):
                    raise RowsRefused(checked)
                return ImportClientsPayload(ids={}, user_errors=[], rows=checked_rows(checked))
            ids = await import_clients(caller, use_case)
        except Refused as refused:
            rows = checked_rows(refused.rows) if isinstance(refused, RowsRefused) else []
            told = user_errors(refused.problems)
            return ImportClientsPayload(ids={}, user_errors=told, rows=rows)
        return ImportClientsPayload(ids=ids, user_errors=[], rows=imported_rows(ids))
