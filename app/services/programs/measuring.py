"""Adding up partners' records for an evaluation, in SQL: a few statements for any number of them.

How many statements there are depends on the program alone: one for each stream of records that it
adds up, and one for all that holds at a moment.
"""

from collections import defaultdict
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import (
    NOTHING,
    Facts,
    Flow,
    Holding,
    PartnerFacts,
    Rate,
    Rates,
    Stream,
    Total,
)
from app.domain.programs.periods import TICK
from app.domain.programs.required_facts import held_kinds
from app.domain.programs.vocabulary import ActivityKind
from app.persistence.database import Database, Dialect
from app.persistence.models import ExchangeRate
from app.persistence.sql import bind, in_list

EVER = datetime(1, 1, 1, tzinfo=UTC)
_KINDS = {kind.value: kind for kind in ActivityKind}


class Rows(Protocol):
    """Runs a reading statement with named values, and gives its rows."""

    def __call__(
        self, sql: str, values: Mapping[str, Any]
    ) -> Awaitable[Sequence[Mapping[str, Any]]]:
        """The rows."""
        ...


def rows_of(database: Database) -> Rows:
    """Statements on a database: inside a unit of work, as that unit sees it."""

    async def rows(sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        return await database.rows(*bind(sql, values, database.dialect))

    return rows


@dataclass(frozen=True, slots=True)
class Known:
    """Which records count: those told up to a moment, or up to a position (of one partner)."""

    at: datetime | None = None
    position: int | None = None

    @property
    def sql(self) -> str:
        """The condition on `activity_record t`."""
        told = " AND t.recorded_at <= :known_at" if self.at else ""
        return told + (" AND t.position <= :known_position" if self.position is not None else "")

    @property
    def values(self) -> dict[str, Any]:
        """What the condition names."""
        found = {"known_at": self.at, "known_position": self.position}
        return {name: value for name, value in found.items() if value is not None}


EVERYTHING = Known()


async def load_rates(known: Known = EVERYTHING) -> Rates:
    """All exchange rates, as they were known."""
    rows = ExchangeRate.filter(recorded_at__lte=known.at) if known.at else ExchangeRate.all()
    found = await rows.values_list("base", "quote", "effective_from", "rate")
    return Rates([Rate(*each) for each in found])


async def load_facts(
    rows: Rows,
    dialect: Dialect,
    evaluator: Evaluator,
    partners: Mapping[UUID, PartnerFacts],
    known: Known = EVERYTHING,
) -> dict[UUID, Facts]:
    """What evaluation has to know of each partner."""
    ids = list(partners)
    # As either driver gives them: making an id of each row's text takes longer than adding it up.
    named = {form: id for id in ids for form in (id, str(id))}
    totals: dict[UUID, dict[Flow, Total]] = defaultdict(dict)
    for stream, flows in by_stream(evaluator.flows).items():
        bounds, source, values = flowing(stream, flows, evaluator.moment, dialect, known)
        sql = f"""
            {bounds}
            SELECT t.partner_id, b.i, t.currency_code, SUM(t.quantity) AS quantity,
                   COUNT(*) AS records, SUM(t.amount) AS amount
            FROM {source} GROUP BY t.partner_id, b.i, t.currency_code
        """
        for row in await rows(sql, {**values, "partners": ids}):
            _add(totals[named[row["partner_id"]]], flows[int(row["i"])], row)
    holdings = await _holdings(rows, dialect, evaluator, named, known)
    return {
        id: Facts(partner, totals.get(id, {}), holdings.get(id, ()))
        for id, partner in partners.items()
    }


def by_stream(flows: Iterable[Flow]) -> dict[Stream, list[Flow]]:
    """The flows of each stream: one statement adds them all up."""
    found: dict[Stream, list[Flow]] = {}
    for flow in flows:
        found.setdefault(flow.stream, []).append(flow)
    return found


def _add(totals: dict[Flow, Total], flow: Flow, row: Mapping[str, Any]) -> None:
    before = totals.get(flow, NOTHING)
    amounts = before.amounts
    if row["currency_code"] is not None:
        amounts = {**amounts, row["currency_code"]: int(row["amount"])}
    totals[flow] = Total(
        before.quantity + int(row["quantity"]), before.records + int(row["records"]), amounts
    )


def flowing(
    stream: Stream, flows: Sequence[Flow], moment: datetime, dialect: Dialect, known: Known
) -> tuple[str, str, dict[str, Any]]:
    """The records of a stream beside the number `b.i` of each flow they are in, partners bound as
    `:partners`: a WITH clause, what follows FROM, and the values.

    What takes effect after `moment` is ignored: flows of a look ahead reach beyond it.
    """
    until = moment + TICK
    at = "CAST(:{0} AS timestamptz)" if dialect == "postgres" else ":{0}"
    values: dict[str, Any] = dict(known.values)
    bounds = []
    for i, flow in enumerate(flows):
        values[f"from_{i}"] = flow.interval.start or EVER
        values[f"to_{i}"] = flow.interval.end
        bounds.append(f"({i}, {at.format(f'from_{i}')}, {at.format(f'to_{i}')})")
    values["first"] = min(values[f"from_{i}"] for i in range(len(flows)))
    values["last"] = min(max(flow.interval.end for flow in flows), until)
    condition, wanted = _stream_condition(stream, dialect)
    sql = f"""activity_record t JOIN b ON t.occurred_at >= b.low AND t.occurred_at < b.high
        WHERE {in_list("t.partner_id", "partners", dialect)} AND {condition}
          AND t.occurred_at >= :first AND t.occurred_at < :last{known.sql}"""
    return f"WITH b (i, low, high) AS (VALUES {', '.join(bounds)})", sql, {**values, **wanted}


def _stream_condition(stream: Stream, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The condition on `activity_record t` for the records of a stream, and its values."""
    parts, values = ["t.kind = :kind"], {"kind": stream.kind.value}
    if stream.revenue:
        parts.append("t.revenue = :revenue")
        values["revenue"] = stream.revenue
    lists: dict[str, Collection[str]] = {
        "motion": stream.motions,
        "price_basis": stream.price_bases,
        "source": stream.sources,
        "product": stream.products,
    }
    for column, wanted in lists.items():
        if wanted:
            parts.append(in_list(f"t.{column}", f"{column}s", dialect))
            values[f"{column}s"] = list(wanted)  # type: ignore[assignment]
    return " AND ".join(parts), values


async def _holdings(
    rows: Rows, dialect: Dialect, evaluator: Evaluator, named: Mapping[Any, UUID], known: Known
) -> dict[UUID, list[Holding]]:
    kinds = sorted(kind.value for kind in held_kinds(evaluator.program))
    if not kinds:
        return {}
    # Each record beside the one that takes it back, which has its times but not its value.
    sql = f"""
        SELECT t.partner_id, t.kind, t.code, t.person, MAX(t.value) AS value, t.occurred_at,
               t.expires_at, MIN(t.position) AS position
        FROM activity_record t
        WHERE {in_list("t.partner_id", "partners", dialect)}
          AND {in_list("t.kind", "kinds", dialect)}
          AND t.occurred_at <= :now AND (t.expires_at IS NULL OR t.expires_at > :now){known.sql}
        GROUP BY COALESCE(t.reverses_id, t.id), t.partner_id, t.kind, t.code, t.person,
                 t.occurred_at, t.expires_at
        HAVING SUM(t.quantity) > 0
    """
    ids = list(dict.fromkeys(named.values()))
    given = {"partners": ids, "kinds": kinds, "now": evaluator.moment, **known.values}
    found: dict[UUID, list[Holding]] = defaultdict(list)
    for row in await rows(sql, given):
        found[named[row["partner_id"]]].append(_holding(row))
    return found


def _holding(row: Mapping[str, Any]) -> Holding:
    return Holding(
        _KINDS[row["kind"]],
        row["code"],
        as_moment(row["occurred_at"]),
        row["expires_at"] and as_moment(row["expires_at"]),
        row["person"],
        row["value"],
        int(row["position"]),
    )


def as_uuid(value: Any) -> UUID:
    """An id as either driver gives it."""
    return value if isinstance(value, UUID) else UUID(str(value))


def as_moment(value: Any) -> datetime:
    """A moment as either driver gives it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
