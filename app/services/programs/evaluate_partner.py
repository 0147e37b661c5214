"""The vendor has one partner evaluated now, and the explanation kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Evaluation
from app.services.inputs import arguments
from app.services.programs.evaluating import evaluate_and_keep
from app.services.programs.manual_changes import find_place
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class EvaluatePartner:
    """A partner and the program to evaluate it in."""

    idempotency_key: str
    partner_id: UUID
    program_key: str


async def evaluate_partner(caller: Caller, input: EvaluatePartner) -> Mapping[str, UUID]:
    """Evaluate a partner now, as on schedule; gives the ids `partner` and `evaluation`.

    Raises Refused with NOT_FOUND, NOT_ENROLLED or PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "evaluatePartner",
        input.idempotency_key,
        arguments(input),
        lambda now: _evaluate(caller, input, now),
    )


async def _evaluate(caller: Caller, input: EvaluatePartner, now: datetime) -> Done:
    place = await find_place(caller, input.partner_id, input.program_key, now)
    partner_id = place.partner.id
    [found] = await evaluate_and_keep(
        caller.database, caller.actor, place.version, [partner_id], now, keep_all=True
    )
    kept = (
        await Evaluation.filter(partner_id=partner_id, program_id=place.version.program_id)
        .order_by("-id")
        .first()
    )
    assert kept is not None
    tier = place.version.tier(found.decision.state.rank)
    await append(
        EventType.PARTNER_EVALUATED,
        subject_id=kept.id,
        partner_id=partner_id,
        actor=caller.actor,
        at=now,
        data={
            "program": input.program_key,
            "tier": tier.key if tier else None,
            "effects": [happening.effect for happening in found.decision.happenings],
        },
    )
    return Done(kept.id, partner_id, {"partner": partner_id, "evaluation": kept.id})
