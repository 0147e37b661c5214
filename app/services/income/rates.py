"""The rate of a partner's share in what its clients are charged: agreed with it, or its tier's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from tortoise.connection import get_connection

from app.domain.income import RateSource, Share, share_for
from app.domain.programs.facts import PartnerFacts
from app.domain.programs.vocabulary import ShareTerm
from app.persistence.database import WRITER, Dialect
from app.persistence.models import Partner
from app.persistence.models.base import Record
from app.persistence.sql import bind
from app.services.programs.measuring import Rows, as_moment, as_uuid
from app.services.programs.progress import Placed, Reading, load_benefits_missed

_OF_TIERS = """
    SELECT g.key AS program, r.key AS tier, r.rank, r.version_id, b.key AS benefit, t.value,
           t.condition, s.program_id, s.enrolled_at
    FROM standing s JOIN tier r ON r.id = s.tier_id JOIN tier_program g ON g.id = s.program_id
    JOIN tier_benefit t ON t.tier_id = r.id JOIN benefit b ON b.id = t.benefit_id
    WHERE s.partner_id = :partner AND b.kind = 'PERCENT_SHARE'
"""


async def rate_for(partner: Partner, at: datetime) -> Share | None:
    """The partner's share at a moment, now or just before; None if it has none.

    The rate agreed with it, else the best share that is a benefit of its tiers (S0, S4). Benefits
    with a condition that does not hold at that moment do not count. Runs inside the open unit of
    work, in one statement and, where a share has a condition, those that measure it.
    """
    if partner.referral_rate is not None:
        return share_for(partner.referral_rate, ())
    rows = await _rows(_OF_TIERS, {"partner": partner.id})
    if any(_json(row["condition"]) for row in rows):
        missed = await load_benefits_missed(_reading(at), [_placed(partner, row) for row in rows])
        rows = [
            row
            for row in rows
            if (partner.id, as_uuid(row["version_id"]), row["benefit"]) not in missed
        ]
    return share_for(None, [_share(row) for row in rows])


def locked_share(share: Share | None) -> dict[str, Decimal | str | None]:
    """The columns of a subscription that keep a share for as long as the contract runs."""
    return {
        "referral_rate": share.rate if share else None,
        "referral_rate_source": share.source if share else None,
        "referral_program_key": share.program_key if share else None,
        "referral_tier_key": share.tier_key if share else None,
        "referral_term": share.term if share else None,
    }


def _share(row: Mapping[str, Any]) -> Share:
    value = _json(row["value"])
    return Share(
        Decimal(value["rate"]),
        RateSource.TIER,
        ShareTerm(value["term"]),
        row["program"],
        row["tier"],
    )


def _placed(partner: Partner, row: Mapping[str, Any]) -> Placed:
    return Placed(
        partner.id,
        as_uuid(row["program_id"]),
        PartnerFacts(partner.type, partner.currency_code, as_moment(row["enrolled_at"])),
        row["tier"],
        row["rank"],
        as_uuid(row["version_id"]),
        asks=False,
    )


def _reading(at: datetime) -> Reading:
    """What measures as the service itself: it sees every row."""

    def of(_: type[Record]) -> Rows:
        return _rows

    return Reading(_rows, of, _dialect(), at)


async def _rows(sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    text, given = bind(sql.replace("{scope}", "TRUE"), values, _dialect())
    _, rows = await get_connection(WRITER).execute_query(text, given)
    return rows


def _dialect() -> Dialect:
    return "sqlite" if get_connection(WRITER).capabilities.dialect == "sqlite" else "postgres"


def _json(raw: Any) -> Any:
    return orjson.loads(raw) if isinstance(raw, str | bytes) else raw
