"""Queries and mutations on what partners earn."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.income.approve_accruals import ApproveAccruals, approve_accruals
from app.services.income.create_statement import CreateStatement, create_statement
from app.services.income.record_payout import RecordPayout, record_payout
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.connections import Connection
from schema.income import (
    ACCRUALS,
    STATEMENTS,
    Accrual,
    AccrualFilter,
    Statement,
    StatementFilter,
)
from schema.inputs.income import (
    ApproveAccrualsInput,
    ApproveAccrualsPayload,
    CreateStatementInput,
    CreateStatementPayload,
    RecordPayoutInput,
    RecordPayoutPayload,
)
from schema.node import required_id, row_ids


@strawberry.type
class IncomeQueries:
    """What partners earn."""

    accruals: Connection[Accrual] = root_page(
        Action.READ_BILLING,
        "Income of partners, newest first: of all partners for the vendor, its own for a "
        "partner's admin, and none for anyone else.",
        "Accrual",
        ACCRUALS,
        AccrualFilter,
    )
    statements: Connection[Statement] = root_page(
        Action.READ_BILLING,
        "Statements of partners' income, newest first: of all partners for the vendor, its own for "
        "a partner's admin, nothing for anyone else.",
        "Statement",
        STATEMENTS,
        StatementFilter,
    )


@strawberry.type
class IncomeMutations:
    """Changes to what partners earn."""

    @mutation(
        Action.APPROVE_INCOME,
        "Approve a partner's income. The next statement includes what is approved.",
    )
    async def approve_accruals(
        self,
        info: strawberry.Info,
        input: Annotated[ApproveAccrualsInput, strawberry.argument(description="What to approve.")],
    ) -> ApproveAccrualsPayload:
        """Approve accruals."""
        use_case = ApproveAccruals(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            up_to=input.up_to,
            ids=row_ids(input.ids, "Accrual"),
        )
        work = approve_accruals(info.context.caller, use_case)
        return await answer(ApproveAccrualsPayload, work)

    @mutation(
        Action.PAY_OUT,
        "Put all approved income of a partner in one currency that is on no statement yet on "
        "one. Amounts reversed by credit notes are deducted.",
    )
    async def create_statement(
        self,
        info: strawberry.Info,
        input: Annotated[CreateStatementInput, strawberry.argument(description="Whose income.")],
    ) -> CreateStatementPayload:
        """Make a statement."""
        use_case = CreateStatement(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            currency_code=input.currency_code,
        )
        work = create_statement(info.context.caller, use_case)
        return await answer(CreateStatementPayload, work)

    @mutation(Action.PAY_OUT, "Record that a statement was paid out.")
    async def record_payout(
        self,
        info: strawberry.Info,
        input: Annotated[RecordPayoutInput, strawberry.argument(description="The payout.")],
    ) -> RecordPayoutPayload:
        """Record a payout."""
        use_case = RecordPayout(
            idempotency_key=input.idempotency_key,
            statement_id=required_id(input.statement_id, "Statement"),
            reference=input.reference,
            paid_at=input.paid_at,
        )
        return await answer(RecordPayoutPayload, record_payout(info.context.caller, use_case))
