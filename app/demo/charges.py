"""The charged terms of demo subscriptions, up to the present."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from app.demo.client_history import ClientHistory
from app.demo.ids import id_at
from app.demo.partner import Team
from app.demo.shared_data import Terms
from app.demo.timeline import EventActor
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.partners import BillingModel
from app.domain.plans import payer_for
from app.domain.terms import Term, first_term, next_term, prorated
from app.persistence.models import SubscriptionTerm

SERVICE = EventActor(Role.SYSTEM, None)
# Of ten charged subscriptions, how many are cancelled for the end of the term.
_LEAVING, _OF = 1, 20


@dataclass(frozen=True, slots=True)
class ChargedTerms:
    """The terms so far, and when the subscription next renews or ends."""

    terms: list[Term]
    due_at: datetime | None
    ends_at: datetime | None


def charged_terms(
    team: Team, history: ClientHistory, terms: Terms, since: datetime, over: datetime | None
) -> ChargedTerms:
    """Return the terms charged since the start of billing. `over` is when the subscription ended,
    if it did.
    """
    until = over or team.shared.now
    begun = []
    for term in _terms(team, terms, since):
        if term.starts_at > until or term.starts_at == over:
            break
        begun.append(term)
    if over:
        return ChargedTerms(begun, None, None)
    due_at = begun[-1].ends_at if begun else since
    leaving = begun and Random(f"{history.id}:leaving").randrange(_OF) < _LEAVING
    return ChargedTerms(begun, due_at, due_at if leaving else None)


def add_charges(
    team: Team, history: ClientHistory, subscription_id: UUID, terms: Terms, found: ChargedTerms
) -> None:
    """Add the terms, and the events of renewals and cancellations."""
    # A separate random generator, so that terms do not change other data.
    random = Random(f"{history.id}:terms")
    for term in found.terms:
        id = id_at(term.starts_at, random)
        team.rows.add(
            SubscriptionTerm,
            id=id,
            partner_id=team.id,
            client_id=history.id,
            subscription_id=subscription_id,
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            payer=payer_for(BillingModel(team.billing_model)),
            plan_id=history.plan,
            bracket_id=history.bracket,
            price_id=terms.price_id,
            interval=terms.interval,
            currency_code=team.currency,
            full_amount_minor=terms.amount_minor,
            days=term.days,
            full_days=term.full_days,
            amount_minor=prorated(terms.amount_minor, term.days, term.full_days),
            created_at=term.starts_at,
        )
        fact = {"startsAt": term.starts_at.isoformat(), "endsAt": term.ends_at.isoformat()}
        team.timeline.record(
            EventType.SUBSCRIPTION_RENEWED, term.starts_at, id, SERVICE, fact, history.id
        )
    if found.ends_at:
        _record_cancellation(team, history, subscription_id, found, random)


def _record_cancellation(
    team: Team, history: ClientHistory, subscription_id: UUID, found: ChargedTerms, random: Random
) -> None:
    start = found.terms[-1].starts_at
    at = start + (team.shared.now - start) * random.random()
    assert found.ends_at
    fact = {"plan": history.plan, "endsAt": found.ends_at.isoformat(), "inTrial": False}
    actor = history.creator.as_actor
    team.timeline.record(
        EventType.SUBSCRIPTION_CANCELLED, at, subscription_id, actor, fact, history.id
    )


def _terms(team: Team, terms: Terms, since: datetime) -> Iterator[Term]:
    zone = team.shared.zone
    term = first_term(terms.interval, since, zone)
    while True:
        yield term
        term = next_term(terms.interval, since, term.ends_at, zone)
