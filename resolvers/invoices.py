"""Queries and mutations on billing, invoices and payments."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.money import Money
from app.services.invoices.credit_invoice import CreditInvoice, CreditLine, credit_invoice
from app.services.invoices.issue_invoice import IssueInvoice, issue_invoice
from app.services.invoices.preview_invoice import PreviewInvoice, preview_invoice
from app.services.invoices.record_payment import RecordPayment, record_payment
from app.services.invoices.run_billing import RunBilling, run_billing
from app.services.invoices.void_invoice import VoidInvoice, void_invoice
from resolvers.error_mapping import ApiError, Code
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.billing_runs import BILLING_RUNS, BillingRun, InvoicePreview, preview
from schema.connections import Connection
from schema.inputs.content import MoneyInput
from schema.inputs.invoices import (
    CreditInvoiceInput,
    CreditInvoicePayload,
    IssueInvoiceInput,
    IssueInvoicePayload,
    RecordPaymentInput,
    RecordPaymentPayload,
    RunBillingInput,
    RunBillingPayload,
    VoidInvoiceInput,
    VoidInvoicePayload,
)
from schema.invoices import INVOICES, Invoice, InvoiceFilter, InvoiceOrder
from schema.node import required_id, row_id
from schema.planned import selection_of
from schema.simulations import as_asked


@strawberry.type
class InvoiceQueries:
    """Invoices and billing runs."""

    @query(
        Action.READ_BILLING,
        "An invoice or credit note by id or by number (give one); null if there is none that you "
        "may see.",
    )
    async def invoice(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        number: Annotated[int | None, strawberry.argument(description="Its number.")] = None,
    ) -> Invoice | None:
        """One invoice."""
        if (id is None) == (number is None):
            raise ApiError("Give either id or number.", Code.BAD_USER_INPUT)
        if number is not None:
            return await info.context.reads.one(selection_of(info), number, "t.number")
        return await info.context.reads.one(selection_of(info), required_id(id or "", "Invoice"))

    invoices: Connection[Invoice] = root_page(
        Action.READ_BILLING,
        "The invoices and credit notes that you may see, newest first: of all partners for the "
        "vendor, of the team and its clients for a partner's admin, a client's own for its users.",
        "Invoice",
        INVOICES,
        InvoiceFilter,
        InvoiceOrder,
    )

    @query(
        Action.READ_BILLING,
        "The expected invoices of a payer for a period, from what is known now and not issued "
        "yet: one for each currency, usually one; none if there is nothing to be charged. "
        "Nothing is written. Empty if there is no such partner or client that you may see.",
    )
    async def preview_invoice(
        self,
        info: strawberry.Info,
        partner_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The partner's own invoice; unset: yours."),
        ] = None,
        client_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The invoice of this client, if it pays itself."),
        ] = None,
        period: Annotated[
            str | None,
            strawberry.argument(description="The month, such as `2026-11`; unset: the current."),
        ] = None,
    ) -> list[InvoicePreview]:
        """Preview."""
        asked = PreviewInvoice(row_id(partner_id, "Partner"), row_id(client_id, "Client"), period)
        try:
            found = await preview_invoice(info.context.caller, asked)
        except Refused as refused:
            if any(problem.code is ErrorCode.NOT_FOUND for problem in refused.problems):
                return []
            raise ApiError(str(refused), Code.BAD_USER_INPUT) from refused
        made: Any = as_asked(info, [preview(found.period, each) for each in found.priced])
        return list(made)

    billing_runs: Connection[BillingRun] = root_page(
        Action.READ_REPORTS,
        "The billing runs, newest first.",
        "BillingRun",
        BILLING_RUNS,
    )


@strawberry.type
class InvoiceMutations:
    """Changes to invoices."""

    @mutation(
        Action.RUN_BILLING,
        "Bill all partners for a period: licences, advisor fees, slots and content, each once. "
        "Running it again changes nothing.",
    )
    async def run_billing(
        self,
        info: strawberry.Info,
        input: Annotated[RunBillingInput, strawberry.argument(description="The period.")],
    ) -> RunBillingPayload:
        """Run billing."""
        use_case = RunBilling(input.idempotency_key, input.period, input.issue)
        return await answer(RunBillingPayload, run_billing(info.context.caller, use_case))

    @mutation(
        Action.RUN_BILLING,
        "Update a draft and issue it: it gets its number and never changes again.",
    )
    async def issue_invoice(
        self,
        info: strawberry.Info,
        input: Annotated[IssueInvoiceInput, strawberry.argument(description="The draft.")],
    ) -> IssueInvoicePayload:
        """Issue a draft."""
        use_case = IssueInvoice(input.idempotency_key, required_id(input.invoice_id, "Invoice"))
        return await answer(IssueInvoicePayload, issue_invoice(info.context.caller, use_case))

    @mutation(
        Action.RECORD_PAYMENT,
        "Record a payment for an invoice, in full or in part. The last part makes the invoice "
        "PAID.",
    )
    async def record_payment(
        self,
        info: strawberry.Info,
        input: Annotated[RecordPaymentInput, strawberry.argument(description="The payment.")],
    ) -> RecordPaymentPayload:
        """Record a payment."""

        async def work() -> Any:
            use_case = RecordPayment(
                input.idempotency_key,
                required_id(input.invoice_id, "Invoice"),
                input.kind,
                input.reference,
                money_of(input.amount, "amount"),
                input.received_at,
            )
            return await record_payment(info.context.caller, use_case)

        return await answer(RecordPaymentPayload, work())

    @mutation(
        Action.CORRECT_INVOICE,
        "Void an invoice that was issued by mistake. Its charges are billed again by the next run "
        "of its period.",
    )
    async def void_invoice(
        self,
        info: strawberry.Info,
        input: Annotated[VoidInvoiceInput, strawberry.argument(description="Which, and why.")],
    ) -> VoidInvoicePayload:
        """Void an invoice."""
        use_case = VoidInvoice(
            input.idempotency_key, required_id(input.invoice_id, "Invoice"), input.reason
        )
        return await answer(VoidInvoicePayload, void_invoice(info.context.caller, use_case))

    @mutation(
        Action.CORRECT_INVOICE,
        "Issue a credit note for an invoice: for all that is left of it, or some amounts of some "
        "lines. What is credited is not charged again.",
    )
    async def credit_invoice(
        self,
        info: strawberry.Info,
        input: Annotated[CreditInvoiceInput, strawberry.argument(description="What, and why.")],
    ) -> CreditInvoicePayload:
        """Credit an invoice."""

        async def work() -> Any:
            use_case = CreditInvoice(
                input.idempotency_key,
                required_id(input.invoice_id, "Invoice"),
                input.reason,
                _lines(input),
            )
            return await credit_invoice(info.context.caller, use_case)

        return await answer(CreditInvoicePayload, work())


def money_of(given: MoneyInput, *field: str) -> Money:
    """The amount of an input. Raises Refused with INVALID at its `amount`."""
    try:
        return Money.exactly(Decimal(given.amount), given.currency_code)
    except ValueError as error:
        raise refuse(ErrorCode.INVALID, str(error), *field, "amount") from error


def _lines(input: CreditInvoiceInput) -> tuple[CreditLine, ...] | None:
    if input.lines is None:
        return None
    return tuple(
        CreditLine(
            required_id(line.line_id, "InvoiceLine"),
            money_of(line.amount, "lines", str(position), "amount"),
        )
        for position, line in enumerate(input.lines)
    )
