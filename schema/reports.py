"""Reports on money: revenue by month, and receivables by age."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain.invoices import LineKind
from app.domain.receivables import Age
from app.domain.revenue import Revenue
from app.services.reports.receivables import PartnerReceivables, Receivables
from app.services.reports.receivables import ReceivablesReport as Receivable
from app.services.reports.revenue import RevenueReport as Report
from app.services.reports.tables import KINDS
from schema.billing import Money, money
from schema.connections import PageInfo
from schema.enums import described
from schema.partner_pages import Together
from schema.scalars import CurrencyCode, DateTime, DecimalText
from schema.simulations import as_asked

if TYPE_CHECKING:
    from schema.partners import Partner

described(
    Age,
    "By how many days a payment is late.",
    NOT_DUE="Not due yet.",
    DAYS_1_TO_30="Late by up to 30 days.",
    DAYS_31_TO_60="Late by more than 30, up to 60 days.",
    DAYS_61_TO_90="Late by more than 60, up to 90 days.",
    DAYS_OVER_90="Late by more than 90 days.",
)
FROM = "The first month, such as `2026-01`; unset: the eleventh before the last one."
TO = "The last month, such as `2026-11`; unset: the running one. At most 36 months in all."


@strawberry.type(description="The charges of one kind on invoices, without tax.")
class RecognisedRevenue:
    """A kind of charge; plain data."""

    kind: LineKind = strawberry.field(description="The kind of charge.")
    amount: Money = strawberry.field(
        description="Charges on invoices issued in the month that are not void, less reversals "
        "of such charges by credit notes issued in it."
    )


@strawberry.type(
    description="Revenue in one month, in the vendor's time zone, and currency. A licence counts "
    "for MRR (monthly recurring revenue) at its full price while a paid term of it "
    "runs: a yearly price as a twelfth, half a minor unit to the even neighbour. The "
    "end of the month (for the current month: now) is compared with its start, "
    "client by client: mrr = startingMrr + newMrr + expansionMrr − contractionMrr − "
    "churnedMrr."
)
class MonthlyRevenue:
    """A month in a currency; plain data."""

    period: str = strawberry.field(description="The month, such as `2026-11`.")
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217.")
    starting_mrr: Money = strawberry.field(description="MRR at the beginning of the month.")
    new_mrr: Money = strawberry.field(
        description="From clients without any at the start, including returning clients."
    )
    expansion_mrr: Money = strawberry.field(
        description="The increase from clients with MRR at the start and at the end."
    )
    contraction_mrr: Money = strawberry.field(
        description="The decrease from clients with MRR at the start and at the end."
    )
    churned_mrr: Money = strawberry.field(description="Of clients that have none at the end.")
    mrr: Money = strawberry.field(description="MRR at the end of the month.")
    arr: Money = strawberry.field(
        description="Annual recurring revenue at the end: a year at the same prices, exact."
    )
    mrr_churn_rate: DecimalText | None = strawberry.field(
        description="(churnedMrr + contractionMrr) / startingMrr, to six decimals; null if there "
        "was none at the beginning."
    )
    starting_clients: int = strawberry.field(description="Clients with MRR at the beginning.")
    new_clients: int = strawberry.field(description="Of those at the end: had none then.")
    churned_clients: int = strawberry.field(description="Of those at the beginning: have none now.")
    clients: int = strawberry.field(description="Clients with MRR at the end.")
    client_churn_rate: DecimalText | None = strawberry.field(
        description="churnedClients / startingClients, to six decimals; null if there were none."
    )
    trials_started: int = strawberry.field(description="Trials that started in the month.")
    trials_converted: int = strawberry.field(
        description="Trials that ended in the month and continued as paid subscriptions."
    )
    trials_cancelled: int = strawberry.field(
        description="Trials that were cancelled in the month, before their end."
    )
    trial_conversion_rate: DecimalText | None = strawberry.field(
        description="trialsConverted / (trialsConverted + trialsCancelled), to six decimals; null "
        "if none was decided."
    )
    recognised: list[RecognisedRevenue] = strawberry.field(
        description="Recognised charges, by kind: each kind once, without CREDIT."
    )
    recognised_total: Money = strawberry.field(description="All of it.")
    partner_income: Money = strawberry.field(
        description="Income of partners in the month, less reversals."
    )


def revenue_data(line: Revenue) -> dict[str, Any]:
    """A month as plain data."""
    amounts = ("starting", "new", "expansion", "contraction", "churned")
    return {
        "period": line.period,
        "currencyCode": line.currency,
        **{f"{name}Mrr": money(getattr(line, f"{name}_mrr"), line.currency) for name in amounts},
        "mrr": money(line.mrr, line.currency),
        "arr": money(line.arr, line.currency),
        "mrrChurnRate": _text(line.mrr_churn_rate),
        "startingClients": line.starting_clients,
        "newClients": line.new_clients,
        "churnedClients": line.churned_clients,
        "clients": line.clients,
        "clientChurnRate": _text(line.client_churn_rate),
        "trialsStarted": line.trials_started,
        "trialsConverted": line.trials_converted,
        "trialsCancelled": line.trials_cancelled,
        "trialConversionRate": _text(line.trial_conversion_rate),
        "recognised": [
            {"kind": kind.value, "amount": money(line.recognised.get(kind, 0), line.currency)}
            for kind in KINDS
        ],
        "recognisedTotal": money(sum(line.recognised.values()), line.currency),
        "partnerIncome": money(line.partner_income, line.currency),
    }


def _text(rate: Any) -> str | None:
    return None if rate is None else str(rate)


def revenue_lines(info: strawberry.Info, report: Report) -> list[MonthlyRevenue]:
    """The lines of a report, as they are selected."""
    asked: list[MonthlyRevenue] = as_asked(info, [revenue_data(line) for line in report.lines])
    return asked


@strawberry.type(description="Revenue month by month.")
class RevenueReport:
    """A report."""

    csv_path: str = strawberry.field(
        description="Where the report is as CSV, from the root of the service: `GET` it with the "
        "same Authorization header."
    )
    report: strawberry.Private[Report]

    @strawberry.field(
        description="A line for each month and each currency that occurs in any of them, by month, "
        "then currency."
    )
    def lines(self, info: strawberry.Info) -> list[MonthlyRevenue]:
        """The lines."""
        return revenue_lines(info, self.report)


@strawberry.type(description="The open balance of invoices of one age.")
class AgedAmount:
    """An age; plain data."""

    age: Age = strawberry.field(description="By how many days it is late.")
    amount: Money = strawberry.field(description="The open balance, with tax.")


@strawberry.type(description="The open balance in one currency.")
class OpenAmounts:
    """A currency; plain data."""

    currency_code: CurrencyCode = strawberry.field(description="ISO 4217.")
    invoices: int = strawberry.field(description="Of how many invoices something is open.")
    total: Money = strawberry.field(description="All that is open, with tax.")
    by_age: list[AgedAmount] = strawberry.field(description="Each age, the youngest first.")


def _open(owed: Receivables) -> dict[str, Any]:
    return {
        "currencyCode": owed.currency,
        "invoices": owed.invoices,
        "total": money(owed.total, owed.currency),
        "byAge": [
            {"age": age.value, "amount": money(owed.by_age[age], owed.currency)} for age in Age
        ],
    }


@strawberry.type(
    description="The open balance of a partner and of its clients that pay themselves."
)
class OpenOfPartner:
    """One line."""

    owed: strawberry.Private[Sequence[Receivables]]
    partner_id: strawberry.Private[UUID]
    partners: strawberry.Private[Together]

    @strawberry.field(description="The open balance, by currency.")
    def amounts(self, info: strawberry.Info) -> list[OpenAmounts]:
        """The amounts."""
        asked: list[OpenAmounts] = as_asked(info, [_open(each) for each in self.owed])
        return asked

    @strawberry.field(description="The partner.")
    async def partner(
        self, info: strawberry.Info
    ) -> Annotated["Partner", strawberry.lazy("schema.partners")]:
        """The partner, read with the others of the page."""
        return await self.partners.get(info, self.partner_id)


@strawberry.type(
    description="The open balance of issued invoices as of a moment: less payments received and "
    "credit notes issued by then; without invoices voided by then."
)
class ReceivablesReport:
    """A page of a report."""

    as_of: DateTime = strawberry.field(description="The moment.")
    nodes: list[OpenOfPartner] = strawberry.field(
        description="A line for each partner with something open, in the order in which they "
        "joined."
    )
    page_info: PageInfo = strawberry.field(description="The position of this page.")
    csv_path: str = strawberry.field(
        description="Where the whole report is as CSV, from the root of the service: `GET` it with "
        "the same Authorization header."
    )
    report: strawberry.Private[Receivable]

    @strawberry.field(description="The total open balance, by currency. Added up only if selected.")
    async def totals(self, info: strawberry.Info) -> list[OpenAmounts]:
        """All partners together."""
        asked: list[OpenAmounts] = as_asked(
            info, [_open(each) for each in await self.report.totals()]
        )
        return asked


def receivables_lines(rows: Sequence[PartnerReceivables]) -> list[OpenOfPartner]:
    """The lines of a page."""
    partners = Together([row.partner_id for row in rows])
    return [
        OpenOfPartner(owed=row.amounts, partner_id=row.partner_id, partners=partners)
        for row in rows
    ]
