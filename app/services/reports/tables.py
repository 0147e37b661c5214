"""The reports on money as tables: amounts are decimals in major units, shares decimals up to 1."""

from collections.abc import AsyncIterator
from decimal import Decimal

from app.domain.csv_text import csv_line
from app.domain.invoices import LineKind
from app.domain.money import Money
from app.domain.receivables import Age
from app.domain.revenue import Revenue
from app.services.reports.receivables import ReceivablesReport
from app.services.reports.revenue import RevenueReport

_AMOUNTS = (
    *("starting_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"),
    *("mrr", "arr", "partner_income"),
)
_COUNTS = (
    *("starting_clients", "new_clients", "churned_clients", "clients"),
    *("trials_started", "trials_converted", "trials_cancelled"),
)
_RATES = ("mrr_churn_rate", "client_churn_rate", "trial_conversion_rate")
# A credit counts against what it credits.
KINDS = tuple(kind for kind in LineKind if kind is not LineKind.CREDIT)


async def revenue_csv(report: RevenueReport) -> AsyncIterator[str]:
    """The lines of a revenue report, the names of the columns first."""
    recognised = (f"recognised_{kind.lower()}" for kind in KINDS)
    yield csv_line(["period", "currency", *_AMOUNTS, *_COUNTS, *_RATES, *recognised])
    yield "".join(csv_line(_revenue_cells(line)) for line in report.lines)


def _revenue_cells(line: Revenue) -> list[str | None]:
    def money(minor: int) -> str:
        return str(Money(minor, line.currency))

    return [
        line.period,
        line.currency,
        *(money(getattr(line, name)) for name in _AMOUNTS),
        *(str(getattr(line, name)) for name in _COUNTS),
        *(_rate(getattr(line, name)) for name in _RATES),
        *(money(line.recognised.get(kind, 0)) for kind in KINDS),
    ]


def _rate(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


async def receivables_csv(report: ReceivablesReport) -> AsyncIterator[str]:
    """The lines of a receivables report, some at a time, the names of the columns first."""
    ages = (age.lower() for age in Age)
    yield csv_line(["partner", "slug", "as_of", "currency", "invoices", *ages, "total"])
    as_of = report.as_of.isoformat().replace("+00:00", "Z")
    async for batch in report.batches():
        yield "".join(
            csv_line(
                [
                    partner.name,
                    partner.slug,
                    as_of,
                    owed.currency,
                    str(owed.invoices),
                    *(str(Money(owed.by_age[age], owed.currency)) for age in Age),
                    str(Money(owed.total, owed.currency)),
                ]
            )
            for partner in batch
            for owed in partner.amounts
        )
