"""The revenue report: recurring revenue, trials, and what was recognised, month by month, in SQL.

Four statements, however many partners, clients and months there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.auth.scope import audience
from app.domain.revenue import Month, Revenue, months
from app.persistence.database import Database
from app.persistence.models import Partner
from app.services.programs.measuring import rows_of
from app.services.use_case import Caller
from app.services.vendor.zone import vendor_zone
from app.services.visible import require

# In each statement `t` is the table whose rows are the partner's; {of} says which rows count, and
# p (or e: the ends) are the months by their number.

# A term counts at the end of a month if it runs, uncancelled, at the last instant before. A year's
# price is a twelfth a month, for each term by itself, half a minor unit to the even neighbour.
_RECURRING = """
    , r AS (
        SELECT e.k, t.client_id, t.currency_code,
               SUM(CASE WHEN t.interval = 'MONTH' THEN t.full_amount_minor
                   ELSE t.full_amount_minor / 12 + CASE WHEN t.full_amount_minor % 12 > 6
                       OR (t.full_amount_minor % 12 = 6 AND t.full_amount_minor / 12 % 2 = 1)
                       THEN 1 ELSE 0 END END) AS mrr,
               SUM(CASE WHEN t.interval = 'MONTH' THEN 12 * t.full_amount_minor
                   ELSE t.full_amount_minor END) AS arr
        FROM e JOIN subscription_term t ON t.starts_at < e.high AND t.ends_at >= e.high
        JOIN subscription s ON s.id = t.subscription_id
        WHERE {of} AND (s.cancelled_at IS NULL OR s.cancelled_at >= e.high)
        GROUP BY e.k, t.client_id, t.currency_code
    ), b AS (
        SELECT k, client_id, currency_code, 0 AS m0, mrr AS m1, arr FROM r
        UNION ALL
        SELECT k + 1, client_id, currency_code, mrr, 0, 0 FROM r
    ), d AS (
        SELECT k, client_id, currency_code,
               SUM(m0) AS m0, SUM(m1) AS m1, SUM(arr) AS arr
        FROM b GROUP BY k, client_id, currency_code
    )
    SELECT t.k, t.currency_code,
           SUM(t.m0) AS starting_mrr, SUM(t.m1) AS mrr, SUM(t.arr) AS arr,
           SUM(CASE WHEN t.m0 = 0 THEN t.m1 ELSE 0 END) AS new_mrr,
           SUM(CASE WHEN t.m0 > 0 AND t.m1 > t.m0 THEN t.m1 - t.m0 ELSE 0 END) AS expansion_mrr,
           SUM(CASE WHEN t.m1 > 0 AND t.m1 < t.m0 THEN t.m0 - t.m1 ELSE 0 END) AS contraction_mrr,
           SUM(CASE WHEN t.m1 = 0 THEN t.m0 ELSE 0 END) AS churned_mrr,
           SUM(CASE WHEN t.m0 > 0 THEN 1 ELSE 0 END) AS starting_clients,
           SUM(CASE WHEN t.m1 > 0 THEN 1 ELSE 0 END) AS clients,
           SUM(CASE WHEN t.m0 = 0 AND t.m1 > 0 THEN 1 ELSE 0 END) AS new_clients,
           SUM(CASE WHEN t.m1 = 0 AND t.m0 > 0 THEN 1 ELSE 0 END) AS churned_clients
    FROM d t WHERE t.k BETWEEN 0 AND :last GROUP BY t.k, t.currency_code
"""
_TRIALS = """
    , x AS (
        SELECT s.currency_code, t.started_at, t.ends_at,
               CASE WHEN s.cancelled_at < t.ends_at THEN s.cancelled_at END AS cancelled_at
        FROM trial t JOIN subscription s
        ON s.client_id = t.client_id AND s.started_at = t.started_at
        WHERE {of}
    ), m AS (
        SELECT currency_code, started_at AS at, 1 AS n0, 0 AS n1, 0 AS n2 FROM x
        UNION ALL
        SELECT currency_code, ends_at, 0, 1, 0 FROM x WHERE cancelled_at IS NULL
        UNION ALL
        SELECT currency_code, cancelled_at, 0, 0, 1 FROM x
        WHERE cancelled_at IS NOT NULL
    )
    SELECT p.k, t.currency_code, SUM(t.n0) AS trials_started,
           SUM(t.n1) AS trials_converted, SUM(t.n2) AS trials_cancelled
    FROM p JOIN m t ON t.at >= p.low AND t.at < p.high GROUP BY p.k, t.currency_code
"""
# What a credit note takes back counts against the kind of charge that it credits.
_RECOGNISED = """
    SELECT p.k, t.currency_code, COALESCE(c.kind, t.kind) AS kind,
           SUM(t.amount_minor) AS minor
    FROM p JOIN invoice i ON i.issued_at >= p.low AND i.issued_at < p.high
    JOIN invoice_line t ON t.invoice_id = i.id LEFT JOIN invoice_line c ON c.id = t.credits_id
    WHERE {of} AND i.status <> 'VOID' GROUP BY p.k, t.currency_code, COALESCE(c.kind, t.kind)
"""
_INCOME = """
    SELECT p.k, t.currency_code, SUM(t.amount_minor) AS partner_income
    FROM p JOIN accrual t ON t.accrued_at >= p.low AND t.accrued_at < p.high
    WHERE {of} AND t.status <> 'REVERSED' GROUP BY p.k, t.currency_code
"""


@dataclass(frozen=True, slots=True)
class RevenueReport:
    """The months, and a line for each of them in each currency that occurs."""

    months: Sequence[Month]
    lines: Sequence[Revenue]


async def revenue_report(
    caller: Caller, first: str | None, last: str | None, partner_id: UUID | None
) -> RevenueReport:
    """The vendor's revenue, or that by one partner, in months such as 2026-01 to 2026-11.

    Raises Refused with NOT_FOUND at `partnerId`, and as `months` does.
    """

    async def load() -> RevenueReport:
        if partner_id:
            await require(caller, Partner, partner_id, "partnerId")
        found = months(first, last, caller.clock.now(), await vendor_zone())
        return RevenueReport(found, await _lines(caller.database, found, partner_id))

    return await caller.database.read(load)


async def own_revenue(caller: Caller, first: str | None, last: str | None) -> RevenueReport | None:
    """The vendor's revenue by the actor's own partner, for its admins and apps; None for others.

    Raises Refused as `months` does.
    """
    if audience(caller.actor) != "partner":
        return None
    return await revenue_report(caller, first, last, caller.actor.partner_id)


async def _lines(
    database: Database, found: Sequence[Month], partner_id: UUID | None
) -> list[Revenue]:
    """By month, then currency: each month in each currency that occurs in any."""
    counted: dict[tuple[int, str], dict[str, Any]] = {}
    recognised: dict[tuple[int, str], dict[str, int]] = {}
    for sql in (_RECURRING, _TRIALS, _INCOME, _RECOGNISED):
        for row in map(dict, await _run(database, sql, found, partner_id)):
            place = (int(row.pop("k")), row.pop("currency_code"))
            told = counted.setdefault(place, {})
            if kind := row.pop("kind", None):
                recognised.setdefault(place, {})[kind] = int(row["minor"])
            else:
                told |= {name: int(value) for name, value in row.items()}
    currencies = sorted({currency for _, currency in counted})
    return [
        replace(
            Revenue(month.period, currency),
            recognised=recognised.get((k, currency), {}),
            **counted.get((k, currency), {}),
        )
        for k, month in enumerate(found)
        for currency in currencies
    ]


async def _run(
    database: Database, sql: str, found: Sequence[Month], partner_id: UUID | None
) -> Sequence[Mapping[str, Any]]:
    """Run a statement over the months: p has their bounds, e their ends and the first beginning."""
    at = "CAST(:{0} AS timestamptz)" if database.dialect == "postgres" else ":{0}"
    bounds: list[str] = []
    values: dict[str, Any] = {"last": len(found) - 1, "partner": partner_id}
    for k, month in enumerate(found):
        values |= {f"low_{k}": month.low, f"high_{k}": month.high}
        bounds.append(f"({k}, {at.format(f'low_{k}')}, {at.format(f'high_{k}')})")
    head = f"""
        WITH p (k, low, high) AS (VALUES {", ".join(bounds)}),
        e (k, high) AS (SELECT k, high FROM p UNION ALL SELECT -1, low FROM p WHERE k = 0)
    """
    of = "t.partner_id = :partner" if partner_id else "TRUE"
    return await rows_of(database)(head + sql.replace("{of}", of), values)
