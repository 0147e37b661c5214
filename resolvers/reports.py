"""Reports on money, for the vendor."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import strawberry

from app.auth.policy import Action
from app.domain.errors import ErrorCode, Refused
from app.services.reports.receivables import receivables_report
from app.services.reports.revenue import own_revenue, revenue_report
from resolvers.error_mapping import ApiError, Code
from resolvers.permissions import query
from schema.node import row_id
from schema.partner_pages import page_info, page_size, partner_after
from schema.planned import selection_of
from schema.reports import (
    FROM,
    TO,
    MonthlyRevenue,
    ReceivablesReport,
    RevenueReport,
    receivables_lines,
    revenue_lines,
)
from schema.scalars import Cursor, DateTime

T = TypeVar("T")
From = Annotated[str | None, strawberry.argument(name="from", description=FROM)]
To = Annotated[str | None, strawberry.argument(name="to", description=TO)]
PartnerId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Of this partner alone; unset: of all.")
]


@strawberry.type
class ReportQueries:
    """Reports."""

    @query(
        Action.READ_REPORTS,
        "Recurring revenue, churn, trials and what was charged, month by month and by currency. "
        "Null if there is no such partner.",
    )
    async def revenue_report(
        self,
        info: strawberry.Info,
        first: From = None,
        last: To = None,
        partner_id: PartnerId = None,
    ) -> RevenueReport | None:
        """Report."""
        caller, partner = info.context.caller, row_id(partner_id, "Partner")
        report = await _told(revenue_report(caller, first, last, partner))
        if report is None:
            return None
        given = {"from": report.months[0].period, "to": report.months[-1].period}
        path = _csv_path("revenue", given, partner_id)
        return RevenueReport(csv_path=path, report=report)

    @query(
        Action.READ_BILLING,
        "The vendor's revenue by your own team and its clients, by month, then currency. For a "
        "partner's admins; null for anyone else.",
    )
    async def own_revenue(
        self, info: strawberry.Info, first: From = None, last: To = None
    ) -> list[MonthlyRevenue] | None:
        """A partner's own."""
        report = await _told(own_revenue(info.context.caller, first, last))
        return None if report is None else revenue_lines(info, report)

    @query(
        Action.READ_REPORTS,
        "The open balance of issued invoices, by partner, currency and age. Null if there is no "
        "such partner.",
    )
    async def receivables(
        self,
        info: strawberry.Info,
        as_of: Annotated[
            DateTime | None, strawberry.argument(description="The moment; unset: now.")
        ] = None,
        partner_id: PartnerId = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many partners: 1–100; 20 if unset.")
        ] = None,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Go on from this cursor.")
        ] = None,
    ) -> ReceivablesReport | None:
        """Report."""
        size, start = page_size(first), partner_after(after)
        partner = row_id(partner_id, "Partner")
        report = await _told(receivables_report(info.context.caller, as_of, partner))
        if report is None:
            return None
        asked = {field.name for field in selection_of(info).select().fields}
        rows = await report.page(start, size + 1) if asked & {"nodes", "pageInfo"} else []
        shown = rows[:size]
        ids = [row.partner_id for row in shown]
        return ReceivablesReport(
            as_of=DateTime(report.as_of),
            nodes=receivables_lines(shown),
            page_info=page_info(ids, ids[-1] if ids else None, after, len(rows) > size),
            csv_path=_csv_path("receivables", {"asOf": _time(report.as_of)}, partner_id),
            report=report,
        )


async def _told(work: Awaitable[T]) -> T | None:
    """The work; None if what it is about is not there."""
    try:
        return await work
    except Refused as refused:
        if any(each.code is ErrorCode.NOT_FOUND for each in refused.problems):
            return None
        told = [f"{'.'.join(each.field)}: {each.message}" for each in refused.problems]
        raise ApiError(" ".join(told), Code.BAD_USER_INPUT) from refused


def _csv_path(name: str, given: dict[str, str], partner_id: strawberry.ID | None) -> str:
    of_one = {} if partner_id is None else {"partnerId": str(partner_id)}
    return f"/exports/{name}.csv?{urlencode({**given, **of_one})}"


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
