"""The compliance report as a file over HTTP: the same answer, for the same callers."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.domain.identity import Role, Scope
from app.main import create_app
from app.settings import Settings
from tests.api.calls import Api
from tests.api.standings import add_like, import_north, make_silver
from tests.world import World

PATH = "/exports/compliance/north.csv"
CSV_PATH = """{ complianceReport(program: "north") { csvPath nodes { compliant partner { slug }
    tierHeld { key } tierQualified { key } } } }"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, explorer=False)


@pytest.fixture
async def http(
    api: Api, world: World, clock, settings, closed_schema
) -> AsyncIterator[httpx2.AsyncClient]:
    await import_north(world)
    await make_silver(api, world.acme)
    app = create_app(settings, world.database, clock, closed_schema)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def as_(world: World, clock, settings):
    """The headers of a fresh key."""

    async def header(role: Role, person: Any = None, **more: Any) -> dict[str, str]:
        new = NewKey("k", role, person and person.id, **more)
        made = await create_key(world.database, clock, server_secret(settings), new)
        return {"authorization": f"Bearer {made.text}"}

    return header


def table(response: httpx2.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


async def test_the_file_says_what_the_api_says(http, api: Api, world: World, clock, as_):
    await add_like(world.acme, 300)
    clock.advance(days=60)
    told = (await api.data(world.as_vendor(), CSV_PATH))["complianceReport"]
    vendor = await as_(Role.VENDOR_ADMIN, world.vendor_admin)
    response = await http.get(told["csvPath"], headers=vendor)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    name = 'attachment; filename="compliance-north-2026-05-01.csv"'
    assert response.headers["content-disposition"] == name
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    lines = table(response)
    assert len(lines) == 301 and len({line["slug"] for line in lines}) == 301
    for line, node in zip(lines, told["nodes"], strict=False):
        assert line["slug"] == node["partner"]["slug"]
        assert line["compliant"] == ("yes" if node["compliant"] else "no")
        for column, field in (("tier_held", "tierHeld"), ("tier_qualified", "tierQualified")):
            assert line[column] == (node[field] or {"key": ""})["key"]
    assert lines[0]["failing"] == "Sold ARR of 10000 in 12 months; 1 people certified"
    assert lines[0]["1 people certified (remaining)"] == "1"


async def test_a_past_date(http, world: World, clock, as_):
    then = clock.now()
    clock.advance(days=60)
    vendor = await as_(Role.VENDOR_ANALYST, world.vendor_analyst)
    moments = {"asOf": then.isoformat(), "knownAt": then.isoformat()}
    [acme] = table(await http.get(PATH, params=moments, headers=vendor))
    assert (acme["compliant"], acme["as_of"], acme["known_at"]) == (
        ("yes",) + (then.isoformat().replace("+00:00", "Z"),) * 2
    )
    [acme] = table(await http.get(PATH, headers=vendor))
    assert acme["compliant"] == "no"


async def test_who_may(http, world: World, as_):
    scopes = frozenset({Scope.PROGRAMS_READ})
    vendors = await as_(Role.APP, scopes=scopes)
    assert (await http.get(PATH, headers=vendors)).status_code == 200
    refused = [
        await as_(Role.PARTNER_ADMIN, world.acme.admin),
        await as_(Role.ADVISOR, world.acme.advisor),
        await as_(Role.CLIENT_USER, world.acme.client_user),
        await as_(Role.APP, partner_id=world.acme.partner.id, scopes=scopes),
        await as_(Role.APP, scopes=frozenset({Scope.CLIENTS_READ})),
    ]
    for headers in refused:
        # Whether there is such a program is nobody else's business either.
        for path in (PATH, "/exports/compliance/none.csv"):
            response = await http.get(path, headers=headers)
            assert response.status_code == 403
            assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
        response = await http.get(PATH, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_is_refused(http, world: World, clock, as_):
    vendor = await as_(Role.VENDOR_ADMIN, world.vendor_admin)
    later = (clock.now() + timedelta(seconds=6)).isoformat()
    cases = [
        ("/exports/compliance/none.csv", {}, 404),
        ("/exports/compliance/%00.csv", {}, 404),
        (PATH, {"asOf": "2001-01-01T00:00:00Z"}, 404),
        (PATH, {"asOf": later}, 400),
        (PATH, {"asOf": "yesterday"}, 400),
        (PATH, {"asOf": "2026-01-01"}, 400),
        (PATH, {"knownAt": "0001-01-01T00:00:00+14:00"}, 400),
    ]
    for path, params, status in cases:
        response = await http.get(path, params=params, headers=vendor)
        assert response.status_code == status, (path, params, response.text)
        [error] = response.json()["errors"]
        assert error["message"].endswith(".") or error["message"].endswith("address).")
    assert (await http.post(PATH, headers=vendor)).status_code == 405
