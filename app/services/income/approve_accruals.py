"""The vendor approves what a partner earned, so that the next statement pays it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.income import AccrualStatus
from app.events.outbox import append
from app.persistence.models import Accrual, Partner
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

MAX_IDS = 500


@dataclass(frozen=True, slots=True)
class ApproveAccruals:
    """Accruals of one partner, by their ids, or all PENDING ones up to and with a moment."""

    idempotency_key: str
    partner_id: UUID
    up_to: datetime | None = None
    ids: tuple[UUID, ...] | None = None


async def approve_accruals(caller: Caller, input: ApproveAccruals) -> Mapping[str, UUID]:
    """Approve them, each with what credit notes took of it since. Gives the id `partner`.

    Raises Refused with NOT_FOUND for the partner or an accrual, INVALID unless either a moment or
    1 to 500 ids are given, WRONG_STATE for an accrual that is not PENDING, and ALREADY_DONE if
    nothing is pending up to the moment.
    """
    return await perform(
        caller,
        "approveAccruals",
        input.idempotency_key,
        arguments(input),
        lambda now: _approve(caller, input, now),
    )


async def _approve(caller: Caller, input: ApproveAccruals, now: datetime) -> Done:
    if (input.up_to is None) == (input.ids is None):
        raise refuse(ErrorCode.INVALID, "Give either `upTo` or `ids`.", "upTo")
    found = await require(caller, Partner, input.partner_id, "partnerId")
    partner = await lock_partner(found.id)
    pending = Accrual.filter(partner_id=partner.id, status=AccrualStatus.PENDING)
    if input.ids is not None:
        await _check_ids(partner.id, input.ids)
        chosen = list(input.ids)
        pending = pending.filter(Q(id__in=chosen) | Q(reverses_id__in=chosen))
    else:
        pending = pending.filter(accrued_at__lte=input.up_to)
    count = await pending.update(status=AccrualStatus.APPROVED, approved_at=now)
    if not count:
        message = "Nothing that the partner earned up to then is left to approve."
        raise refuse(ErrorCode.ALREADY_DONE, message, "upTo")
    await append(
        EventType.INCOME_APPROVED,
        subject_id=partner.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"accruals": count},
    )
    return Done(partner.id, partner.id, {"partner": partner.id})


async def _check_ids(partner_id: UUID, ids: Sequence[UUID]) -> None:
    """Raises Refused for what is not the partner's, or not pending, at its place in the list."""
    if not 1 <= len(ids) <= MAX_IDS:
        raise refuse(ErrorCode.INVALID, f"Give 1 to {MAX_IDS} accruals at a time.", "ids")
    rows = Accrual.filter(partner_id=partner_id, id__in=list(ids))
    states = dict(await rows.values_list("id", "status"))
    problems = []
    for place, id in enumerate(ids):
        state, field = states.get(id), ("ids", str(place))
        if state is None:
            message = "The partner has no such accrual. Check the id."
            problems.append(Problem(ErrorCode.NOT_FOUND, message, field))
        elif state != AccrualStatus.PENDING:
            message = f"This accrual is {state}, not PENDING. Leave it out."
            problems.append(Problem(ErrorCode.WRONG_STATE, message, field))
    if problems:
        raise Refused(problems)
