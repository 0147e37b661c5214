"""Tier badges at stable URLs: public, signed, and always showing the current tier."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.auth.badge_keys import BadgeSigner
from app.auth.people import as_time
from app.domain.clock import Clock
from app.domain.programs.badge import Badge, draw_badge
from app.persistence.database import Database
from app.persistence.sql import bind
from app.web.preconditions import failed_precondition

# How long a cache may show the previous tier.
MAX_AGE_SECONDS = 60
# Signature times are rounded to this, so that a badge stays identical to the byte in between.
_STEP = timedelta(minutes=5)

_BADGE = """
SELECT v.name AS vendor, v.time_zone AS zone, p.slug AS slug, p.name AS partner,
    g.key AS program, g.name AS program_name, r.key AS tier, r.name AS tier_name, r.color AS color,
    s.since AS since
FROM partner p
JOIN tier_program g ON g.key = :program
JOIN standing s ON s.partner_id = p.id AND s.program_id = g.id
JOIN tier r ON r.id = s.tier_id
CROSS JOIN vendor v
WHERE p.slug = :partner AND p.status = 'ACTIVE'
"""
# Any page may show a badge, and any program may verify one.
_OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "badge-signature, etag",
    "cross-origin-resource-policy": "cross-origin",
}
_CACHED = {**_OPEN, "cache-control": f"public, max-age={MAX_AGE_SECONDS}"}


@dataclass(frozen=True, slots=True)
class _Signed:
    """A badge that is ready to send."""

    svg: str
    jws: str
    row: Mapping[str, Any]
    since: datetime


class Badges:
    """The routes of badges and of the key that verifies them."""

    def __init__(self, database: Database, clock: Clock, secret: bytes) -> None:
        """`secret` is the server's."""
        self._database = database
        self._clock = clock
        self._signer = BadgeSigner(secret)
        self.routes = [
            Route("/badges/{program}/{partner}.svg", self.picture),
            Route("/badges/{program}/{partner}.json", self.facts),
            Route("/.well-known/jwks.json", self.keys),
        ]

    async def picture(self, request: Request) -> Response:
        """Return the badge as SVG; 404 unless the partner is active and in a tier."""
        badge = await self._signed(request)
        headers = {"badge-signature": badge.jws}
        return _answer(request, badge.svg.encode(), "image/svg+xml", headers)

    async def facts(self, request: Request) -> Response:
        """Return the same as JSON."""
        badge = await self._signed(request)
        facts = {
            "partner": badge.row["slug"],
            "program": badge.row["program"],
            "tier": badge.row["tier"],
            "since": _text(badge.since),
            "jws": badge.jws,
        }
        return _answer(request, orjson.dumps(facts), "application/json")

    async def keys(self, request: Request) -> Response:
        """Return the public key of the signatures, as a JWKS."""
        return _answer(request, orjson.dumps(self._signer.published), "application/json")

    async def _signed(self, request: Request) -> _Signed:
        row = await self._row(request.path_params)
        since = as_time(row["since"])
        assert since is not None
        badge = Badge(
            vendor=row["vendor"],
            program=row["program_name"],
            partner=row["partner"],
            tier=row["tier_name"],
            color=row["color"],
            since=since.astimezone(ZoneInfo(row["zone"])).date(),
        )
        unsigned = draw_badge(badge).encode()
        jws = self._signer.sign(self._claims(row, since, unsigned))
        return _Signed(draw_badge(badge, jws), jws, row, since)

    async def _row(self, path: Mapping[str, str]) -> Mapping[str, Any]:
        named = {"program": path["program"], "partner": path["partner"]}
        sql, values = bind(_BADGE, named, self._database.dialect)
        rows: list[Mapping[str, Any]] = []
        # PostgreSQL text cannot contain the character NUL.
        if "\0" not in "".join(named.values()):
            rows = await self._database.read(lambda: self._database.rows(sql, values))
        if not rows:
            # The same response in all these cases, so that it reveals nothing about partners.
            headers = {**_OPEN, "cache-control": "no-store"}
            raise HTTPException(404, "There is no such badge.", headers)
        return rows[0]

    def _claims(self, row: Mapping[str, Any], since: datetime, picture: bytes) -> dict[str, Any]:
        """Return the claims to sign. `digest` ties them to the picture: it is of the SVG without
        the JWS.
        """
        now = self._clock.now()
        dated = max(since, now - timedelta(seconds=now.timestamp() % _STEP.total_seconds()))
        return {
            "iss": row["vendor"],
            "sub": row["slug"],
            "partner": row["partner"],
            "program": row["program"],
            "tier": row["tier"],
            "tierName": row["tier_name"],
            "since": _text(since),
            "iat": int(dated.timestamp()),
            "digest": hashlib.sha256(picture).hexdigest(),
        }


def _answer(
    request: Request, body: bytes, media_type: str, more: Mapping[str, str] | None = None
) -> Response:
    """Return the body, or 304 if the caller has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_CACHED, **(more or {}), "etag": tag}
    if status := failed_precondition(request.headers, tag):
        return Response(None, status, headers)
    return Response(body, 200, headers, media_type)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
