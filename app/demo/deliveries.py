"""Content sales of a demo partner to its clients, and a push of a version to some of them."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.demo.client_history import ClientHistory
from app.demo.ids import id_at
from app.demo.partner import Team
from app.demo.shared_data import Item
from app.domain.content import GrantSource, PushOutcome
from app.domain.content_sales import parts_of
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.money import Money
from app.domain.partners import BillingModel
from app.domain.plans import payer_for
from app.persistence.models import ContentGrant, ContentPush, ContentPushEntry, ContentSale

# Number of clients in a push. A partner with fewer has no push.
_PUSHED_TO = 3
_MOST_ENTRIES = 20


def add_sale(
    team: Team, history: ClientHistory, item: Item, version_id: UUID, at: datetime
) -> None:
    """Sell an item to a client, with each side's part of the price."""
    assert item.price_minor is not None
    price = Money(item.price_minor, team.currency)
    parts = parts_of(price, team.shared.content_cut)
    sale_id = id_at(at, Random(f"{team.shared.seed}:{history.id}:sale"))
    team.rows.add(
        ContentSale,
        id=sale_id,
        partner_id=team.id,
        client_id=history.id,
        item_id=item.id,
        version_id=version_id,
        currency_code=price.currency,
        price_minor=price.amount_minor,
        cut_rate=team.shared.content_cut,
        cut_minor=parts.cut_minor,
        revenue_minor=parts.revenue_minor,
        payer=payer_for(BillingModel(team.billing_model)),
        sold_at=at,
        sold_by=history.creator.id,
    )
    facts = {"contentItemId": global_id("ContentItem", item.id), "title": item.title}
    actor = history.creator.as_actor
    team.timeline.record(EventType.CONTENT_SOLD, at, sale_id, actor, facts, history.id)


def add_push(team: Team, histories: list[ClientHistory]) -> None:
    """Add a push by the team's founder: to clients that have the version, and to some without
    it.
    """
    at = team.until - timedelta(days=9)
    there = [
        history for history in histories if history.created_at < at and not history.archived_at
    ]
    for item in team.items:
        version = item.usable(at)
        holders = [history for history in there if team.granted.get((history.id, item.id))]
        without = [history for history in there if history not in holders][:_PUSHED_TO]
        if version and item.price_minor is None and holders and len(without) == _PUSHED_TO:
            same = [
                history for history in holders if team.granted[history.id, item.id] == version.id
            ]
            _push(team, (item, version.id, version.number), same[:_MOST_ENTRIES], without, at)
            return


def _push(
    team: Team,
    pushed: tuple[Item, UUID, int],
    same: list[ClientHistory],
    without: list[ClientHistory],
    at: datetime,
) -> None:
    item, version_id, number = pushed
    random = Random(f"{team.shared.seed}:{team.id}:push")
    actor = team.people[0].as_actor
    industry = {"item_id": item.id, "version_id": version_id}
    push_id = id_at(at, random)
    team.rows.add(
        ContentPush, id=push_id, partner_id=team.id, pushed_at=at, pushed_by=actor.id, **industry
    )
    fact = {
        "contentItemId": global_id("ContentItem", item.id),
        "title": item.title,
        "number": number,
        "updated": 0,
        "locked": 0,
    }
    for history in without:
        team.rows.add(
            ContentGrant,
            id=id_at(at, random),
            partner_id=team.id,
            client_id=history.id,
            source=GrantSource.PUSH,
            granted_at=at,
            locked=False,
            **industry,
        )
        data = {**fact, "added": 1}
        team.timeline.record(EventType.CONTENT_PUSHED, at, push_id, actor, data, history.id)
    outcomes = [(history, PushOutcome.UP_TO_DATE) for history in same]
    outcomes += [(history, PushOutcome.ADDED) for history in without]
    for history, outcome in outcomes:
        team.rows.add(
            ContentPushEntry,
            id=id_at(at, random),
            push_id=push_id,
            partner_id=team.id,
            client_id=history.id,
            outcome=outcome,
            from_version_id=version_id if outcome is PushOutcome.UP_TO_DATE else None,
        )
    team.timeline.record(
        EventType.CONTENT_PUSHED, at, push_id, actor, {**fact, "added": len(without)}
    )
