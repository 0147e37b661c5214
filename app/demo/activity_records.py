"""The facts of a demo partner: added in any order, stored in the order in which they were
recorded.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.ids import id_at
from app.demo.partner import Team
from app.domain.activity import NewActivity, clean, digest
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Facts, Flow, Holding, PartnerFacts, Total
from app.domain.programs.hypothetical import flows_in
from app.domain.programs.required_facts import held_kinds
from app.domain.programs.vocabulary import STATES, ActivityKind
from app.domain.reversals import Left, reversal, reversal_digest
from app.persistence.models import ActivityRecord, Partner
from app.services.programs.contributors import SHOWN, Contributing

_SAME = (
    *("kind", "code", "person", "course", "revenue", "motion", "price_basis", "source"),
    *("product", "quantity", "value", "evidence", "note", "external_id", "occurred_at"),
    "expires_at",
)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact with its record."""

    id: UUID
    activity: NewActivity
    digest: str
    recorded_at: datetime


class Ledger:
    """All facts of one partner. Totals are available once it is closed."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._told: list[RecordedFact] = []
        self._moments: list[datetime] = []

    @property
    def next_number(self) -> int:
        """Return the next number of a fact, from 1."""
        return len(self._told) + 1

    def record(self, activity: NewActivity) -> RecordedFact:
        """Record a fact at the time when it took effect."""
        cleaned = clean(activity)
        return self._store(cleaned, digest(cleaned), cleaned.occurred_at)

    def reverse(self, fact: RecordedFact, at: datetime, reason: str) -> None:
        """Reverse a fact in full."""
        left = Left(fact.activity.amount, fact.activity.quantity)
        made = reversal(fact.activity, fact.id, left, None)
        made = replace(made, note=reason, external_id=f"{fact.activity.external_id}-R")
        self._store(made, reversal_digest(fact.id, None, reason), at)

    def _store(self, activity: NewActivity, sha256: str, at: datetime) -> RecordedFact:
        fact = RecordedFact(id_at(at, self._team.facts_random), activity, sha256, at)
        self._told.append(fact)
        return fact

    def close(self) -> None:
        """Number the facts, and add their rows and events."""
        self._told.sort(key=lambda fact: fact.recorded_at)
        self._moments = [fact.recorded_at for fact in self._told]
        for position, fact in enumerate(self._told, start=1):
            self._write(fact, position)
        [partner] = self._team.rows.of[Partner]
        partner["activity_count"] = len(self._told)

    def recorded(self, kind: ActivityKind, after: datetime) -> list[datetime]:
        """Return when facts of a kind were recorded after a time, oldest first."""
        later = self._told[bisect_right(self._moments, after) :]
        return [fact.recorded_at for fact in later if fact.activity.kind is kind]

    def count(self, at: datetime) -> int:
        """Return how many facts were recorded up to a time."""
        return bisect_right(self._moments, at)

    def facts(self, evaluator: Evaluator, enrolled_at: datetime) -> Facts:
        """Return the facts for an evaluation, as the service would read them from the rows as of
        that time.
        """
        known = self._told[: self.count(evaluator.moment)]
        partner = PartnerFacts(self._team.partner_type, self._team.currency, enrolled_at)
        totals = {}
        for flow in evaluator.flows:
            if found := _of(flow, known):
                totals[flow] = _total(found)
        return Facts(partner, totals, _holdings(known, evaluator))

    def contributing(self, evaluator: Evaluator) -> Contributing:
        """Return the records that an evaluation is based on."""
        known = self._told[: self.count(evaluator.moment)]
        found = Contributing()
        for flow in evaluator.now.flows:
            newest = sorted(_of(flow, known), key=_newest, reverse=True)
            found.by_flow[flow] = [_event_data(fact) for fact in newest[:SHOWN]]
        for position, fact in enumerate(known, start=1):
            if fact.activity.kind in STATES:
                found.by_position[position] = _event_data(fact)
        return found

    def _write(self, fact: RecordedFact, position: int) -> None:
        activity, team = fact.activity, self._team
        amount = activity.amount
        team.rows.add(
            ActivityRecord,
            id=fact.id,
            partner_id=team.id,
            position=position,
            amount=amount and amount.amount_minor,
            currency_code=amount and amount.currency,
            digest=fact.digest,
            reverses_id=activity.reverses,
            recorded_at=fact.recorded_at,
            recorded_by=team.vendor.id,
            **{name: getattr(activity, name) for name in _SAME},
        )
        self._write_event(fact)

    def _write_event(self, fact: RecordedFact) -> None:
        activity, amount = fact.activity, fact.activity.amount
        data: dict[str, Any] = {
            "kind": activity.kind,
            "code": activity.code,
            "person": activity.person,
            "amount": amount and str(amount),
            "currencyCode": amount and amount.currency,
            "externalId": activity.external_id,
            "occurredAt": activity.occurred_at.isoformat().replace("+00:00", "Z"),
        }
        type = EventType.ACTIVITY_RECORDED
        if activity.reverses is not None:
            type = EventType.ACTIVITY_REVERSED
            data["reverses"] = global_id("ActivityRecord", activity.reverses)
            data["reason"] = activity.note
        self._team.timeline.record(type, fact.recorded_at, fact.id, self._team.vendor, data)


def _of(flow: Flow, known: Sequence[RecordedFact]) -> list[RecordedFact]:
    return [
        fact
        for fact in known
        if fact.activity.kind is flow.stream.kind
        and fact.activity.occurred_at in flow.interval
        and flows_in(fact.activity, flow.stream)
    ]


def _total(found: Sequence[RecordedFact]) -> Total:
    amounts: dict[str, int] = {}
    for fact in found:
        if (money := fact.activity.amount) is not None:
            amounts[money.currency] = amounts.get(money.currency, 0) + money.amount_minor
    return Total(sum(fact.activity.quantity for fact in found), len(found), amounts)


def _holdings(known: Sequence[RecordedFact], evaluator: Evaluator) -> tuple[Holding, ...]:
    # No demo holding is ever reversed.
    kinds, now = held_kinds(evaluator.program), evaluator.moment
    return tuple(
        Holding(a.kind, a.code or "", a.occurred_at, a.expires_at, a.person, a.value, position)
        for position, a in enumerate((fact.activity for fact in known), start=1)
        if a.kind in kinds and (a.expires_at is None or a.expires_at > now)
    )


def _newest(fact: RecordedFact) -> tuple[datetime, UUID]:
    return fact.activity.occurred_at, fact.id


def _event_data(fact: RecordedFact) -> dict[str, Any]:
    activity = fact.activity
    return {
        "id": str(fact.id),
        "kind": activity.kind,
        "code": activity.code,
        "occurredAt": activity.occurred_at.isoformat(),
        "quantity": activity.quantity,
        "amount": activity.amount and activity.amount.amount_minor,
        "currencyCode": activity.amount and activity.amount.currency,
    }
