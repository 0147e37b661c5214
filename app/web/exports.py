"""Reports as CSV over HTTP, for callers who may see the same data in the API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.auth.authenticate import Authenticator
from app.auth.policy import Action, decide
from app.auth.refusal import Unauthenticated
from app.domain.clock import Clock
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.identity import Role
from app.domain.ids import parse_global_id
from app.domain.timestamps import parse_timestamp
from app.observability.logs import correlation_id
from app.persistence.database import Database
from app.services.programs.compliance import compliance_report
from app.services.programs.compliance_csv import compliance_csv
from app.services.reports.receivables import receivables_report
from app.services.reports.revenue import revenue_report
from app.services.reports.tables import receivables_csv, revenue_csv
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class Table:
    """A report as a file: its name without the extension, and its lines."""

    name: str
    lines: AsyncIterator[str]


class Exports:
    """The routes of reports."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        authenticator: Authenticator,
        tolerance: timedelta = timedelta(0),
    ) -> None:
        self._database = database
        self._clock = clock
        self._authenticator = authenticator
        self._tolerance = tolerance
        self.routes = [
            Route("/exports/compliance/{program}.csv", self.compliance),
            Route("/exports/revenue.csv", self.revenue),
            Route("/exports/receivables.csv", self.receivables),
        ]

    async def compliance(self, request: Request) -> Response:
        """Return the compliance report as CSV, streamed while partners are evaluated."""
        return await self._answer(request, Action.READ_COMPLIANCE, _compliance)

    async def revenue(self, request: Request) -> Response:
        """Return the revenue report as CSV."""
        return await self._answer(request, Action.READ_REPORTS, _revenue)

    async def receivables(self, request: Request) -> Response:
        """Return the receivables report as CSV, streamed while partners are read."""
        return await self._answer(request, Action.READ_REPORTS, _receivables)

    async def _answer(
        self,
        request: Request,
        action: Action,
        report: Callable[[Request, Caller], Awaitable[Table]],
    ) -> Response:
        try:
            actor = await self._authenticator.authenticate(request.headers.get("authorization"))
        except Unauthenticated as refusal:
            return _failure(401, "UNAUTHENTICATED", str(refusal), reason=refusal.reason)
        decision = decide(actor, action)
        if not decision.allowed:
            public = actor.role is Role.PUBLIC
            status, code = (401, "UNAUTHENTICATED") if public else (403, "FORBIDDEN")
            return _failure(status, code, decision.reason or "Not allowed.")
        id = getattr(request.state, "correlation_id", None) or correlation_id(None)
        try:
            caller = Caller(actor, self._database, self._clock, id, self._tolerance)
            return _file(await report(request, caller))
        except Refused as refused:
            missing = any(each.code is ErrorCode.NOT_FOUND for each in refused.problems)
            return _failure(404 if missing else 400, "BAD_USER_INPUT", str(refused))


async def _compliance(request: Request, caller: Caller) -> Table:
    given = [_moment(request, name) for name in ("asOf", "knownAt")]
    key = request.path_params["program"]
    if "\0" in key:
        # PostgreSQL text cannot contain NUL.
        raise refuse(ErrorCode.NOT_FOUND, "There is no such tier program.", "program")
    report = await compliance_report(caller, key, *given)
    name = f"compliance-{report.version.program_key}-{report.as_of:%Y-%m-%d}"
    return Table(name, compliance_csv(report))


async def _revenue(request: Request, caller: Caller) -> Table:
    given = request.query_params
    report = await revenue_report(caller, given.get("from"), given.get("to"), _partner(request))
    name = f"revenue-{report.months[0].period}-{report.months[-1].period}"
    return Table(name, revenue_csv(report))


async def _receivables(request: Request, caller: Caller) -> Table:
    report = await receivables_report(caller, _moment(request, "asOf"), _partner(request))
    return Table(f"receivables-{report.as_of:%Y-%m-%d}", receivables_csv(report))


def _partner(request: Request) -> UUID | None:
    """Return the requested partner, or None for all. A malformed id becomes one that no partner
    has.
    """
    text = request.query_params.get("partnerId")
    return None if text is None else parse_global_id("Partner", text) or UUID(int=0)


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError as error:
        message = f"{error} In a URL, write + as %2B."
        raise refuse(ErrorCode.INVALID, message, name) from error


def _file(table: Table) -> Response:
    async def body() -> AsyncIterator[bytes]:
        async for lines in table.lines:
            yield lines.encode()

    headers = {
        "content-disposition": f'attachment; filename="{table.name}.csv"',
        "cache-control": "no-store",
        "vary": "Authorization",
    }
    return StreamingResponse(body(), 200, headers, "text/csv; charset=utf-8; header=present")


def _failure(status: int, code: str, message: str, **extensions: str) -> Response:
    content = {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(content, status, headers)
