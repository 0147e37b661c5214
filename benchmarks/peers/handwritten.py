"""What somebody writes by hand who wants one page fast: Starlette, SQL through asyncpg, orjson.

`/three/ID` and `/json/ID` give the page of a partner, with three statements or one that builds the
JSON; nobody is authenticated. `/small` and `/small-cached` say who asks. DATABASE_URL, POOL_SIZE
and SECRET say what to read.
"""

import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECRET = os.environ["SECRET"].encode()
CACHE_SECONDS = 1.0
pool: asyncpg.Pool

PARTNER = "SELECT id::text, name, slug FROM partner WHERE id = $1"
CLIENTS = """
    SELECT id::text, name, domain, status, employee_count AS "employeeCount",
        created_at AS "createdAt", plan_id
    FROM client WHERE partner_id = $1 ORDER BY name_key, id LIMIT 50
"""
ADVISORS = """
    SELECT id::text, name, email FROM advisor WHERE partner_id = $1
    ORDER BY name_key, id LIMIT 100
"""
PAGE = """
    SELECT json_build_object('id', p.id, 'name', p.name, 'slug', p.slug,
        'clients', (
            SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'domain', c.domain,
                'status', c.status, 'employeeCount', c.employee_count, 'createdAt', c.created_at,
                'plan', json_build_object('code', c.plan_id)))
            FROM (SELECT * FROM client WHERE partner_id = p.id ORDER BY name_key, id LIMIT 50) c),
        'advisors', (
            SELECT json_agg(json_build_object('id', a.id, 'name', a.name, 'email', a.email))
            FROM (SELECT * FROM advisor WHERE partner_id = p.id ORDER BY name_key, id LIMIT 100) a)
    ) FROM partner p WHERE p.id = $1
"""
KEY = """
    SELECT k.secret_hash, k.expires_at, k.revoked_at, a.name, a.status AS advisor_status,
        a.active_from, a.active_to, p.status AS partner_status
    FROM api_key k JOIN advisor a ON a.id = k.advisor_id JOIN partner p ON p.id = a.partner_id
    WHERE k.public_id = $1
"""


async def three(request: Request) -> Response:
    id = UUID(request.path_params["id"])
    async with pool.acquire() as connection:
        partner = await connection.fetchrow(PARTNER, id)
        clients = await connection.fetch(CLIENTS, id)
        advisors = await connection.fetch(ADVISORS, id)
    page = dict(partner)
    page["clients"] = [_client(row) for row in clients]
    page["advisors"] = [dict(row) for row in advisors]
    return _answer(page)


def _client(row: asyncpg.Record) -> dict[str, Any]:
    client = dict(row)
    client["plan"] = {"code": client.pop("plan_id")}
    return client


async def one_statement(request: Request) -> Response:
    page = await pool.fetchval(PAGE, UUID(request.path_params["id"]))
    return Response(page, media_type="application/json")


async def small(request: Request) -> Response:
    return _viewer(request, await pool.fetchrow(KEY, _public_id(request)))


_rows: dict[str, tuple[float, asyncpg.Record]] = {}


async def small_cached(request: Request) -> Response:
    public_id = _public_id(request)
    until, row = _rows.get(public_id, (0.0, None))
    if time.monotonic() >= until:
        row = await pool.fetchrow(KEY, public_id)
        _rows[public_id] = time.monotonic() + CACHE_SECONDS, row
    return _viewer(request, row)


def _public_id(request: Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer pg_").partition(".")[0]


def _viewer(request: Request, row: asyncpg.Record | None) -> Response:
    text = request.headers["authorization"].removeprefix("Bearer ")
    given = hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()
    if row is None or not hmac.compare_digest(given, row["secret_hash"]) or not _active(row):
        return Response(status_code=401)
    return _answer({"name": row["name"]})


def _active(row: asyncpg.Record) -> bool:
    now = datetime.now(UTC)
    return (
        row["revoked_at"] is None
        and (row["expires_at"] is None or row["expires_at"] > now)
        and row["advisor_status"] == "ACTIVE"
        and (row["active_from"] is None or row["active_from"] <= now)
        and (row["active_to"] is None or row["active_to"] > now)
        and row["partner_status"] == "ACTIVE"
    )


def _answer(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    global pool
    size = int(os.environ["POOL_SIZE"])
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=size, max_size=size
    ) as pool:
        yield


app = Starlette(
    routes=[
        Route("/three/{id}", three),
        Route("/json/{id}", one_statement),
        Route("/small", small),
        Route("/small-cached", small_cached),
    ],
    lifespan=lifespan,
)
