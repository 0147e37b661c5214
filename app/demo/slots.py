"""The slot ledger of a demo partner, and the purchases behind it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from app.demo import fake_names
from app.demo.client_history import ClientHistory
from app.demo.ids import id_at
from app.demo.partner import Team
from app.domain.events import EventType
from app.domain.plans import BundleSource, PlanCode, SlotEntryKind
from app.persistence.models import BundlePurchase, SlotEntry

# Slots included in the partnership, and the bundles on sale.
_INCLUDED = 5
_BUNDLES = (10, 25)


def add_slots(team: Team, histories: Iterable[ClientHistory]) -> None:
    """A slot ledger that buys bundles before a client would take a missing slot."""
    if not team.worked:
        return
    _acquire(team, team.joined, BundleSource.INCLUDED, _INCLUDED)
    left = _INCLUDED
    for at, history in sorted(_takes(histories), key=lambda take: take[0]):
        if not left:
            bundle = team.random.choice(_BUNDLES)
            # Never before the entry that took the last slot, so that the sum is right at any time.
            _acquire(team, at - timedelta(milliseconds=1), BundleSource.BOUGHT, bundle)
            left += bundle
        team.add(
            SlotEntry,
            at,
            kind=SlotEntryKind.CONSUMED,
            quantity=-1,
            client_id=history.id,
            note="",
            created_at=at,
        )
        left -= 1


def _takes(histories: Iterable[ClientHistory]) -> Iterable[tuple[datetime, ClientHistory]]:
    for history in histories:
        if (history.former or history.plan) is PlanCode.ASSESSMENT_ONLY:
            yield history.created_at, history
        elif history.plan is PlanCode.ASSESSMENT_ONLY and history.upgraded_at:
            yield history.upgraded_at, history


def _acquire(team: Team, at: datetime, source: BundleSource, slots: int) -> None:
    """Add a purchase, its ledger entry, and the event."""
    note = fake_names.data("word_lists")["bundle_notes"][source].format(count=slots)
    bought = source is BundleSource.BOUGHT
    bundle = f"SLOTS-{slots}" if bought else None
    price = team.shared.catalogue.bundle(team.currency, bundle, at) if bundle else None
    book, amount = price or (None, 0)
    # A separate random generator, so that purchases do not change other data.
    id = id_at(at, Random(f"{team.id}:{at.isoformat()}:purchase"))
    actor = team.active_people(at)[0].as_actor if bought else team.vendor
    team.rows.add(
        BundlePurchase,
        id=id,
        partner_id=team.id,
        bundle_id=bundle,
        source=source,
        quantity=1,
        slots=slots,
        price_book_id=book,
        currency_code=team.currency,
        unit_amount_minor=amount,
        amount_minor=amount,
        note=note,
        bought_at=at,
        bought_by=actor.id,
    )
    team.add(
        SlotEntry,
        at,
        kind=SlotEntryKind(source),
        quantity=slots,
        purchase_id=id,
        note=note,
        created_at=at,
    )
    if bundle:
        fact = {"bundle": bundle, "quantity": 1, "slots": slots}
        team.timeline.record(EventType.SLOTS_BOUGHT, at, id, actor, fact)
    else:
        team.timeline.record(EventType.SLOTS_INCLUDED, at, id, actor, {"slots": slots})
