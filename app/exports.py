"""Reports as files: CSV over HTTP, for whoever the API lets see the same."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.auth.actor import Actor
from app.auth.authenticate import Authenticator
from app.auth.policy import Action, decide
from app.auth.refusal import Unauthenticated
from app.domain.clock import Clock
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.identity import Role
from app.logs import correlation_id
from app.persistence.database import Database
from app.services.programs.compliance import ComplianceReport, compliance_report
from app.services.programs.compliance_csv import compliance_csv
from app.services.use_case import Caller


class Exports:
    """The routes of reports."""

    def __init__(self, database: Database, clock: Clock, authenticator: Authenticator) -> None:
        self._database = database
        self._clock = clock
        self._authenticator = authenticator
        self.routes = [Route("/exports/compliance/{program}.csv", self.compliance)]

    async def compliance(self, request: Request) -> Response:
        """The compliance report of a program as CSV, written as partners are measured."""
        try:
            actor = await self._authenticator.authenticate(request.headers.get("authorization"))
        except Unauthenticated as refusal:
            return _failure(401, "UNAUTHENTICATED", str(refusal), reason=refusal.reason)
        decision = decide(actor, Action.READ_COMPLIANCE)
        if not decision.allowed:
            public = actor.role is Role.PUBLIC
            status, code = (401, "UNAUTHENTICATED") if public else (403, "FORBIDDEN")
            return _failure(status, code, decision.reason or "Not allowed.")
        try:
            report = await self._report(request, actor)
        except Refused as refused:
            missing = any(each.code is ErrorCode.NOT_FOUND for each in refused.problems)
            return _failure(404 if missing else 400, "BAD_USER_INPUT", str(refused))
        return _file(report)

    async def _report(self, request: Request, actor: Actor) -> ComplianceReport:
        """The report that is asked for. Raises Refused."""
        id = getattr(request.state, "correlation_id", None) or correlation_id(None)
        caller = Caller(actor, self._database, self._clock, id)
        given = [_moment(request, name) for name in ("asOf", "knownAt")]
        key = request.path_params["program"]
        if "\0" in key:
            # PostgreSQL has no such text.
            raise refuse(ErrorCode.NOT_FOUND, "There is no such tier program.", "program")
        return await compliance_report(caller, key, *given)


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = (
        f"{name} is no moment such as 2026-03-01T09:30:00Z (a + is written %2B in an address)."
    )
    raise refuse(ErrorCode.INVALID, message, name)


def _file(report: ComplianceReport) -> Response:
    name = f"compliance-{report.version.program_key}-{report.as_of:%Y-%m-%d}.csv"

    async def body() -> AsyncIterator[bytes]:
        async for lines in compliance_csv(report):
            yield lines.encode()

    headers = {
        "content-disposition": f'attachment; filename="{name}"',
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
