"""Reversals of many records: what each needs to know of what it takes back, read at once."""

from collections.abc import Collection
from uuid import UUID

from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.domain.reversals import Left
from app.persistence.models import ActivityRecord


async def left_of(records: Collection[ActivityRecord]) -> dict[UUID, Left]:
    """What is left of each record after the reversals it has had, by its id.

    Read under the lock of the partner, so that no other reversal takes the same.
    """
    ids = [record.id for record in records]
    taken: dict[UUID | None, list[ActivityRecord]] = {}
    for row in await ActivityRecord.filter(reverses_id__in=ids):
        taken.setdefault(row.reverses_id, []).append(row)
    return {record.id: _left(record, taken.get(record.id, [])) for record in records}


def _left(original: ActivityRecord, taken: Collection[ActivityRecord]) -> Left:
    money = _money(original)
    if money is not None:
        for reversed in taken:
            money = money + Money(reversed.amount, money.currency)
    return Left(money, original.quantity + sum(reversed.quantity for reversed in taken))


def told(record: ActivityRecord) -> NewActivity:
    """What a reversal needs of a record, as a fact again."""
    return NewActivity(
        kind=ActivityKind(record.kind),
        occurred_at=record.occurred_at,
        code=record.code,
        person=record.person,
        amount=_money(record),
        revenue=record.revenue and Revenue(record.revenue),
        motion=record.motion and SaleMotion(record.motion),
        price_basis=record.price_basis and PriceBasis(record.price_basis),
        source=record.source,
        product=record.product,
        expires_at=record.expires_at,
    )


def _money(record: ActivityRecord) -> Money | None:
    if record.amount is None or record.currency_code is None:
        return None
    return Money(record.amount, record.currency_code)
