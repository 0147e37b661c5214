"""Facts about a partner: totals over time, holdings at a time, and exchange rates.

An evaluation declares the `Flow`s that it needs; its caller adds up the partner's records for each
and passes `Facts`. Everything here is a plain value.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from app.domain.money import minor_digits
from app.domain.programs.periods import Interval
from app.domain.programs.vocabulary import ActivityKind

# Precision of conversions: far more digits than any amount has.
_PRECISION = 50


@dataclass(frozen=True, slots=True)
class Stream:
    """A selection of records: those of a kind, and with one of the given values if any are
    given.
    """

    kind: ActivityKind
    revenue: str | None = None
    motions: tuple[str, ...] = ()
    price_bases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """The records of a stream that took effect in an interval."""

    stream: Stream
    interval: Interval
    # Computed once: totals are looked up by flow for each partner.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.stream, self.interval)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Total:
    """The totals of a flow: events (less reversed ones), and money in minor units by currency.

    `records` is the number of records in it, including reversals.
    """

    quantity: int = 0
    records: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict, hash=False)


NOTHING = Total()


@dataclass(frozen=True, slots=True)
class Holding:
    """Something that holds from a time on: a certification, an attestation, a capability, a set
    value.

    `person` None is the organisation itself. `position` is the record's position among the
    partner's.
    """

    kind: ActivityKind
    code: str
    since: datetime
    until: datetime | None = None
    person: str | None = None
    value: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """Properties of the partner itself: its type, its currency, when it joined the program."""

    type: str
    currency: str
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that an evaluation knows about a partner. A missing flow is an empty one."""

    partner: PartnerFacts
    totals: Mapping[Flow, Total] = field(default_factory=dict)
    holdings: Sequence[Holding] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """From `effective_from` on, one unit of `base` is worth `rate` units of `quote`."""

    base: str
    quote: str
    effective_from: datetime
    rate: Decimal


class Rates:
    """Dated exchange rates. A pair that is known only in the other direction is inverted.

    `cuts` are further times at which intervals are cut: a decision is replayed with only the rates
    that it needs, but over the same pieces.
    """

    def __init__(self, rates: Sequence[Rate] = (), cuts: Sequence[datetime] = ()) -> None:
        self.all = tuple(sorted(rates, key=lambda r: (r.effective_from, r.base, r.quote)))
        self._pairs: dict[tuple[str, str], tuple[list[datetime], list[Decimal]]] = {}
        for rate in self.all:
            starts, values = self._pairs.setdefault((rate.base, rate.quote), ([], []))
            starts.append(rate.effective_from)
            values.append(rate.rate)
        self.starts = sorted({*cuts, *(rate.effective_from for rate in self.all)})

    def pieces(self, interval: Interval) -> list[Interval]:
        """Return an interval cut where a rate changes: within a piece, rates are constant."""
        cuts = [
            at
            for at in self.starts
            if at < interval.end and (interval.start is None or at > interval.start)
        ]
        starts: list[datetime | None] = [interval.start, *cuts]
        return [Interval(a, b) for a, b in zip(starts, [*cuts, interval.end], strict=True)]

    def convert(self, minor: int, base: str, quote: str, at: datetime | None) -> Decimal | None:
        """Convert minor units of `base` to major units of `quote`, at the rate of a time.

        None if no rate is known for it. `at` None is before all rates.
        """
        major = Decimal(minor).scaleb(-minor_digits(base))
        if base == quote:
            return major
        with localcontext(prec=_PRECISION):
            if (rate := self._rate(base, quote, at)) is not None:
                return major * rate
            if rate := self._rate(quote, base, at):
                return major / rate
        return None

    def _rate(self, base: str, quote: str, at: datetime | None) -> Decimal | None:
        if at is None or (base, quote) not in self._pairs:
            return None
        starts, values = self._pairs[base, quote]
        index = bisect_right(starts, at)
        return values[index - 1] if index else None
