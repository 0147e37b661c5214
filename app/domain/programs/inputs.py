"""The inputs of an evaluation, to and from plain JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from app.domain.programs.facts import (
    Facts,
    Flow,
    Holding,
    PartnerFacts,
    Rate,
    Rates,
    Stream,
    Total,
)
from app.domain.programs.periods import Interval
from app.domain.programs.policies import Pin, State
from app.domain.programs.vocabulary import ActivityKind


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of an evaluation besides the program."""

    as_of: datetime
    zone: str
    facts: Facts
    rates: Rates
    state: State


def facts_json(facts: Facts, flows: Iterable[Flow]) -> dict[str, Any]:
    """Return the facts that count, in a fixed order."""
    totals = [
        [
            _plain(flow.stream),
            _plain(flow.interval),
            total.quantity,
            total.records,
            dict(sorted(total.amounts.items())),
        ]
        for flow in flows
        if (total := facts.totals.get(flow))
    ]
    holdings = sorted((_plain(holding) for holding in facts.holdings), key=orjson.dumps)
    return {"partner": _plain(facts.partner), "totals": totals, "holdings": holdings}


def rates_json(rates: Rates, facts: Facts) -> list[dict[str, Any]]:
    """Return the rates between the currencies of the facts; none if there is only one currency."""
    found = {currency for total in facts.totals.values() for currency in total.amounts}
    if not found:
        return []
    return [_plain(rate) for rate in rates.all if rate.base in found or rate.quote in found]


def cuts_json(rates: Rates, facts: Facts, flows: Iterable[Flow]) -> list[str]:
    """Return the times at which rate changes cut the flows, including rates that `rates_json`
    leaves out.
    """
    used = {flow.interval.start for flow in flows} if facts.totals else set()
    return [start.isoformat() for start in rates.starts if start in used]


def state_json(state: State) -> dict[str, Any]:
    """Return a standing as the policies use it."""
    found: dict[str, Any] = _plain(state)
    return found


def read_inputs(inputs: Mapping[str, Any]) -> Inputs:
    """Read what the functions above write, with the time and the zone."""
    facts = inputs["facts"]
    return Inputs(
        as_of=datetime.fromisoformat(inputs["asOf"]),
        zone=inputs["zone"],
        facts=Facts(
            PartnerFacts(**_moments(facts["partner"], "enrolled_at")),
            dict(_total(row) for row in facts["totals"]),
            tuple(_holding(row) for row in facts["holdings"]),
        ),
        rates=Rates(
            [_rate(row) for row in inputs["rates"]],
            [datetime.fromisoformat(cut) for cut in inputs["cuts"]],
        ),
        state=_state(inputs["state"]),
    )


def _plain(value: Any) -> Any:
    # Decimals become text, to stay exact.
    return orjson.loads(orjson.dumps(value, default=str))


def _moments(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    read = {name: row[name] and datetime.fromisoformat(row[name]) for name in names}
    return {**row, **read}


def _total(row: Sequence[Any]) -> tuple[Flow, Total]:
    stream, interval, quantity, records, amounts = row
    lists = {key: tuple(value) for key, value in stream.items() if isinstance(value, list)}
    flow = Flow(
        Stream(**{**stream, **lists, "kind": ActivityKind(stream["kind"])}),
        Interval(**_moments(interval, "start", "end")),
    )
    return flow, Total(quantity, records, amounts)


def _holding(row: Mapping[str, Any]) -> Holding:
    return Holding(**{**_moments(row, "since", "until"), "kind": ActivityKind(row["kind"])})


def _rate(row: Mapping[str, Any]) -> Rate:
    return Rate(**{**_moments(row, "effective_from"), "rate": Decimal(row["rate"])})


_STATE_MOMENTS = tuple(
    f.name for f in fields(State) if f.name.endswith(("_at", "_on", "_until", "_since", "since"))
)


def _state(row: Mapping[str, Any]) -> State:
    pin = row["pin"] and Pin(**_moments(row["pin"], "expires_at"))
    because = tuple(row["at_risk_because"])
    return State(**{**_moments(row, *_STATE_MOMENTS), "pin": pin, "at_risk_because": because})
