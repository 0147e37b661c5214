"""The vendor records that a statement was paid out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.income import AccrualStatus, StatementStatus, statement_text
from app.events.outbox import append
from app.persistence.models import Accrual, Statement
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

MAX_REFERENCE = 120


@dataclass(frozen=True, slots=True)
class RecordPayout:
    """The payout of a statement: its reference, such as the bank's, and when it was (None: now)."""

    idempotency_key: str
    statement_id: UUID
    reference: str
    paid_at: datetime | None = None


async def record_payout(caller: Caller, input: RecordPayout) -> Mapping[str, UUID]:
    """Mark the statement and all that is on it PAID. Gives the id `statement`.

    Raises Refused with NOT_FOUND, REQUIRED, INVALID or TOO_LONG for the reference, INVALID for a
    time before the statement or after now, and ALREADY_DONE for one that is paid.
    """
    return await perform(
        caller,
        "recordPayout",
        input.idempotency_key,
        arguments(input),
        lambda now: _record(caller, input, now),
    )


async def _record(caller: Caller, input: RecordPayout, now: datetime) -> Done:
    reference, paid_at = input.reference.strip(), caller.happened(input.paid_at, now)
    problems = check_line(reference, "reference", longest=MAX_REFERENCE)
    found = await require(caller, Statement, input.statement_id, "statementId")
    await lock_partner(found.partner_id)
    statement = await Statement.get(id=found.id)
    if statement.status == StatementStatus.PAID:
        message = f"The statement was paid out already, as {statement.reference}."
        raise refuse(ErrorCode.ALREADY_DONE, message, "statementId")
    if not statement.created_at <= paid_at <= now:
        message = "Give a moment from that of the statement up to now."
        problems.append(Problem(ErrorCode.INVALID, message, ("paidAt",)))
    if problems:
        raise Refused(problems)
    await Statement.filter(id=statement.id).update(
        status=StatementStatus.PAID, paid_at=paid_at, reference=reference
    )
    paid = {"status": AccrualStatus.PAID, "paid_at": paid_at}
    await Accrual.filter(statement_id=statement.id).update(**paid)
    await append(
        EventType.STATEMENT_PAID,
        subject_id=statement.id,
        partner_id=statement.partner_id,
        actor=caller.actor,
        at=now,
        data={"number": statement_text(statement.number)},
    )
    return Done(statement.id, statement.partner_id, {"statement": statement.id})
