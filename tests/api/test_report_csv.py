"""Reports on money as files over HTTP: the same answers, for the same callers."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.domain.identity import Role, Scope
from app.main import create_app
from app.settings import Settings
from tests.api.calls import global_id, unknown_id
from tests.billing import licence, recognised, set_policy, term
from tests.world import World

PATHS = ("/exports/revenue.csv", "/exports/receivables.csv")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, explorer=False)


@pytest.fixture
async def http(world: World, clock, settings, closed_schema) -> AsyncIterator[httpx2.AsyncClient]:
    await set_policy()
    for team in (world.acme, world.rival):
        await recognised(world, team, await term(await licence(team)))
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
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


async def test_the_files(http, world: World, as_):
    analyst = await as_(Role.VENDOR_ANALYST, world.vendor_analyst)
    months = {"from": "2026-03", "to": "2026-03"}
    response = await http.get(PATHS[0], params=months, headers=analyst)
    [line] = table(response)
    assert (line["period"], line["mrr"], line["recognised_subscription"]) == (
        *("2026-03", "400.00"),
        "400.00",
    )
    name = 'attachment; filename="revenue-2026-03-2026-03.csv"'
    assert response.headers["content-disposition"] == name
    assert response.headers["cache-control"] == "no-store"
    owed = table(await http.get(PATHS[1], headers=analyst))
    assert sorted((line["slug"], line["not_due"], line["total"]) for line in owed) == [
        ("acme", "200.00", "200.00"),
        ("rival", "200.00", "200.00"),
    ]
    mine = {"partnerId": global_id(world.acme.partner)}
    [line] = table(await http.get(PATHS[0], params={**months, **mine}, headers=analyst))
    assert line["mrr"] == "200.00"
    [line] = table(await http.get(PATHS[1], params=mine, headers=analyst))
    assert line["slug"] == "acme"


async def test_who_may(http, world: World, as_):
    refused = [
        await as_(Role.PARTNER_ADMIN, world.acme.admin),
        await as_(Role.CLIENT_USER, world.acme.client_user),
        await as_(Role.APP, partner_id=world.acme.partner.id, scopes=frozenset(Scope)),
        await as_(Role.APP, scopes=frozenset({Scope.PROGRAMS_READ})),
    ]
    allowed = await as_(Role.APP, scopes=frozenset({Scope.BILLING_READ}))
    for path in PATHS:
        assert (await http.get(path, headers=allowed)).status_code == 200
        for headers in refused:
            assert (await http.get(path, headers=headers)).status_code == 403
        assert (await http.get(path)).status_code == 401


async def test_what_is_refused(http, world: World, as_):
    vendor = await as_(Role.VENDOR_ADMIN, world.vendor_admin)
    for path, given, status in (
        (PATHS[0], {"from": "2026-13"}, 400),
        (PATHS[0], {"to": "2026-04"}, 400),
        (PATHS[0], {"partnerId": unknown_id("Partner")}, 404),
        (PATHS[1], {"partnerId": "partner_\0"}, 404),
        (PATHS[1], {"asOf": "yesterday"}, 400),
        (PATHS[1], {"asOf": "2100-01-01T00:00:00Z"}, 400),
    ):
        response = await http.get(path, params=given, headers=vendor)
        assert response.status_code == status, (path, given, response.text)
