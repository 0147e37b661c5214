"""Exchange rates: from which day on, what one unit of a currency is worth in another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.activity import EARLIEST, LATEST
from app.domain.checks import check_currency
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.locks import lock_names
from app.persistence.models import ExchangeRate, Vendor
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform

RATE_DECIMALS = 12
MAX_RATE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class SetExchangeRate:
    """One unit of `base` is worth `rate` of `quote` from the day on, in the vendor's time zone."""

    idempotency_key: str
    base: str
    quote: str
    rate: Decimal
    effective_from: date


async def set_exchange_rate(caller: Caller, input: SetExchangeRate) -> Mapping[str, UUID]:
    """Add a rate; gives the id `exchange_rate`. Nothing is written for one that is there already.

    Raises Refused with INVALID for currencies, a rate or a day, and DUPLICATE at `rate` if the
    pair has another rate from that day on: decisions may have been made by it.
    """
    return await perform(
        caller,
        "setExchangeRate",
        input.idempotency_key,
        arguments(input, rate=str(input.rate)),
        lambda now: _set(caller, input, now),
    )


async def _set(caller: Caller, input: SetExchangeRate, now: datetime) -> Done:
    if problems := _problems(input):
        raise Refused(problems)
    start = await _midnight(input.effective_from)
    # Of two calls for one day at once, the second finds the rate of the first.
    await lock_names(caller.database, "exchange rates")
    same = await ExchangeRate.get_or_none(base=input.base, quote=input.quote, effective_from=start)
    if same is None:
        same = await _add(caller, input, start, now)
    elif same.rate != input.rate:
        raise refuse(
            ErrorCode.DUPLICATE,
            f"From that day on it is {same.rate.normalize():f}, and a rate never changes."
            " Set another one from another day on.",
            "rate",
        )
    return Done(same.id, None, {"exchange_rate": same.id})


async def _add(
    caller: Caller, input: SetExchangeRate, start: datetime, now: datetime
) -> ExchangeRate:
    row = await ExchangeRate.create(
        base=input.base,
        quote=input.quote,
        rate=input.rate,
        effective_from=start,
        recorded_at=now,
    )
    await append(
        EventType.EXCHANGE_RATE_SET,
        subject_id=row.id,
        partner_id=None,
        actor=caller.actor,
        at=now,
        data={
            "base": input.base,
            "quote": input.quote,
            "rate": f"{input.rate.normalize():f}",
            "effectiveFrom": start.isoformat().replace("+00:00", "Z"),
        },
    )
    return row


def _problems(input: SetExchangeRate) -> list[Problem]:
    problems = check_currency(input.base, "base") + check_currency(input.quote, "quote")
    if input.base == input.quote:
        problems.append(Problem(ErrorCode.INVALID, "Give two currencies.", ("quote",)))
    rate = input.rate
    if not rate.is_finite() or not 0 < rate < MAX_RATE or rate != round(rate, RATE_DECIMALS):
        message = f"Give a rate above zero with at most {RATE_DECIMALS} decimals, such as 1.0825."
        problems.append(Problem(ErrorCode.INVALID, message, ("rate",)))
    if not EARLIEST.date() <= input.effective_from < LATEST.date():
        message = f"Give a day from the year {EARLIEST:%Y} on, before {LATEST:%Y}."
        problems.append(Problem(ErrorCode.INVALID, message, ("effectiveFrom",)))
    return problems


async def _midnight(day: date) -> datetime:
    """When a day begins in the vendor's time zone, in UTC."""
    vendor = await Vendor.first()
    if vendor is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no vendor yet: set it up first.")
    zone = ZoneInfo(vendor.time_zone)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
