"""Which records an evaluation rests on: the newest of each condition, for any number of partners.

They are looked up only for evaluations that are kept or shown. Records never change, so the same
position gives the same records at any later time.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Flow
from app.domain.programs.metric_values import Gauge, Reading
from app.persistence.database import Dialect
from app.persistence.sql import in_list
from app.services.programs.measuring import (
    EVERYTHING,
    Known,
    Rows,
    as_moment,
    as_uuid,
    by_stream,
    flowing,
)

# Of each condition; how many there are in all is told beside.
SHOWN = 20
_COLUMNS = "id, partner_id, position, kind, code, occurred_at, quantity, amount, currency_code"


@dataclass(frozen=True, slots=True)
class Contributing:
    """A partner's records by flow and by position, each as plain data."""

    by_flow: dict[Flow, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    by_position: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, gauge: Gauge, reading: Reading) -> list[dict[str, Any]]:
        """Those of one condition, newest first."""
        found = [record for flow in gauge.flows for record in self.by_flow.get(flow, ())]
        found += [self.by_position[p] for p in reading.positions if p in self.by_position]
        different = {record["id"]: record for record in found}.values()
        newest = sorted(different, key=lambda r: (r["occurredAt"], r["id"]), reverse=True)
        return newest[:SHOWN]


async def load_contributing(
    rows: Rows,
    dialect: Dialect,
    evaluator: Evaluator,
    positions: Mapping[UUID, Collection[int]],
    known: Known = EVERYTHING,
) -> Mapping[UUID, Contributing]:
    """For each partner, the records of its flows, and those at the positions named."""
    found: dict[UUID, Contributing] = {id: Contributing() for id in positions}
    for stream, flows in by_stream(evaluator.now.flows).items():
        bounds, source, values = flowing(stream, flows, evaluator.moment, dialect, known)
        sql = f"""
            {bounds}
            SELECT i, {_COLUMNS} FROM (
                SELECT b.i, {_named()}, ROW_NUMBER() OVER (
                    PARTITION BY t.partner_id, b.i ORDER BY t.occurred_at DESC, t.id DESC
                ) AS place
                FROM {source}
            ) numbered WHERE place <= :shown
        """
        for row in await rows(sql, {**values, "partners": list(positions), "shown": SHOWN}):
            found[as_uuid(row["partner_id"])].by_flow[flows[int(row["i"])]].append(_record(row))
    for row in await _held(rows, dialect, positions, known):
        partner, position = as_uuid(row["partner_id"]), int(row["position"])
        if position in positions[partner]:
            found[partner].by_position[position] = _record(row)
    return found


async def _held(
    rows: Rows, dialect: Dialect, positions: Mapping[UUID, Collection[int]], known: Known
) -> Any:
    wanted = sorted({position for each in positions.values() for position in each})
    if not wanted:
        return ()
    sql = f"""
        SELECT {_named()} FROM activity_record t
        WHERE {in_list("t.partner_id", "partners", dialect)}
          AND {in_list("t.position", "positions", dialect)}{known.sql}
    """
    return await rows(sql, {"partners": list(positions), "positions": wanted, **known.values})


def _named() -> str:
    return ", ".join(f"t.{column}" for column in _COLUMNS.split(", "))


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(as_uuid(row["id"])),
        "kind": row["kind"],
        "code": row["code"],
        "occurredAt": as_moment(row["occurred_at"]).isoformat(),
        "quantity": row["quantity"],
        "amount": row["amount"],
        "currencyCode": row["currency_code"],
    }
