"""The terms that a demo subscription was charged for, up to the present."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from app.demo.client_history import Life
from app.demo.ids import id_at
from app.demo.partner import Team
from app.demo.shared_data import Terms
from app.demo.timeline import Doer
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.partners import BillingModel
from app.domain.plans import payer_for
from app.domain.terms import Term, first_term, next_term, prorated
from app.persistence.models import SubscriptionTerm

SERVICE = Doer(Role.SYSTEM, None)
# Of ten licences that are charged by now, so many are cancelled for the end of the term.
_LEAVING, _OF = 1, 20


@dataclass(frozen=True, slots=True)
class Charged:
    """The terms so far, and when time changes the subscription next: a term or its end."""

    terms: list[Term]
    due_at: datetime | None
    ends_at: datetime | None


def charged(
    team: Team, life: Life, terms: Terms, since: datetime, over: datetime | None
) -> Charged:
    """What a subscription was charged for from the start of billing on, if it is `over` or not."""
    until = over or team.scene.now
    begun = []
    for term in _terms(team, terms, since):
        if term.starts_at > until or term.starts_at == over:
            break
        begun.append(term)
    if over:
        return Charged(begun, None, None)
    due_at = begun[-1].ends_at if begun else since
    leaving = begun and Random(f"{life.id}:leaving").randrange(_OF) < _LEAVING
    return Charged(begun, due_at, due_at if leaving else None)


def add_charges(
    team: Team, life: Life, subscription_id: UUID, terms: Terms, found: Charged
) -> None:
    """Write the terms, and tell of what time and people did to the subscription."""
    # Apart, so that terms leave everything else as it is.
    random = Random(f"{life.id}:terms")
    for term in found.terms:
        id = id_at(term.starts_at, random)
        team.rows.add(
            SubscriptionTerm,
            id=id,
            partner_id=team.id,
            client_id=life.id,
            subscription_id=subscription_id,
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            payer=payer_for(BillingModel(team.billing_model)),
            plan_id=life.plan,
            bracket_id=life.bracket,
            price_id=terms.price_id,
            interval=terms.interval,
            currency_code=team.currency,
            full_amount_minor=terms.amount_minor,
            days=term.days,
            full_days=term.full_days,
            amount_minor=prorated(terms.amount_minor, term.days, term.full_days),
            created_at=term.starts_at,
        )
        told = {"startsAt": term.starts_at.isoformat(), "endsAt": term.ends_at.isoformat()}
        team.diary.tell(EventType.SUBSCRIPTION_RENEWED, term.starts_at, id, SERVICE, told, life.id)
    if found.ends_at:
        _tell_leaving(team, life, subscription_id, found, random)


def _tell_leaving(
    team: Team, life: Life, subscription_id: UUID, found: Charged, random: Random
) -> None:
    start = found.terms[-1].starts_at
    at = start + (team.scene.now - start) * random.random()
    assert found.ends_at
    told = {"plan": life.plan, "endsAt": found.ends_at.isoformat(), "inTrial": False}
    doer = life.creator.as_doer
    team.diary.tell(EventType.SUBSCRIPTION_CANCELLED, at, subscription_id, doer, told, life.id)


def _terms(team: Team, terms: Terms, since: datetime) -> Iterator[Term]:
    zone = team.scene.zone
    term = first_term(terms.interval, since, zone)
    while True:
        yield term
        term = next_term(terms.interval, since, term.ends_at, zone)
