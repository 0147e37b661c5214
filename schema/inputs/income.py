"""Inputs and payloads of the mutations on partners' income."""

import strawberry

from schema.income import Statement
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.partners import Partner
from schema.scalars import CurrencyCode, DateTime


@strawberry.input(description="Accruals of one partner to approve: give `upTo` or `ids`.")
class ApproveAccrualsInput:
    """Accruals to approve."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner that earned them.")
    up_to: DateTime | None = strawberry.field(
        default=None, description="All PENDING ones accrued at this moment or before."
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="1–500 PENDING ones by id, each with what credit notes took back of it.",
    )


@strawberry.input(description="A statement of a partner's approved income to make.")
class CreateStatementInput:
    """A statement to make."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner to be paid.")
    currency_code: CurrencyCode = strawberry.field(description="The currency to pay in.")


@strawberry.input(description="The payout of a statement.")
class RecordPayoutInput:
    """A payout to record."""

    idempotency_key: str = idempotency_key()
    statement_id: strawberry.ID = strawberry.field(description="The statement.")
    reference: str = strawberry.field(
        description="Of the payout, such as the bank's, 1–120 characters: the partner reads it."
    )
    paid_at: DateTime | None = strawberry.field(
        default=None,
        description="When it was paid: not before the statement, not after now; unset: now.",
    )


@strawberry.type(description="The answer of `approveAccruals`.")
class ApproveAccrualsPayload(Payload):
    """The partner whose income was approved."""

    partner: Partner | None = loaded("partner", "The partner; null if the call was refused.")


@strawberry.type(description="The answer of `createStatement`.")
class CreateStatementPayload(Payload):
    """The statement."""

    statement: Statement | None = loaded("statement", "The statement; null if it was refused.")


@strawberry.type(description="The answer of `recordPayout`.")
class RecordPayoutPayload(Payload):
    """The statement that was paid out."""

    statement: Statement | None = loaded("statement", "The statement; null if it was refused.")
