"""`importClients` as callers see it: the report, the dry run, and who may."""

from typing import Any

from app.auth.actor import PUBLIC, Actor
from app.persistence.models import Client, IdempotencyKey
from tests.api.calls import Api
from tests.api.database_digest import digest
from tests.world import World

IMPORT = """mutation($input: ImportClientsInput!) { importClients(input: $input) {
    userErrors { code field message } clients { name }
    rows { line clientId errors { column code message } }
} }"""
GOOD = "name,domain,employees\nOne,one.example,5\nTwo,two.example,50\n"
BAD = "name,domain,employees,interval\nOne,one.example,x,\n,two.example,50,\nTri,tri.example,7\n"


async def send(api: Api, actor: Actor, csv: str, **more: Any) -> dict[str, Any]:
    input = {"idempotencyKey": "i", "csv": csv, "start": {"planCode": "FREE"}, **more}
    return (await api.data(actor, IMPORT, input=input))["importClients"]


async def test_a_dry_run_writes_nothing_and_leaves_the_key_free(api: Api, world: World):
    admin = world.acme.as_admin()
    before = await digest(world.database)
    told = await send(api, admin, GOOD, dryRun=True)
    assert told == {
        "userErrors": [],
        "clients": None,
        "rows": [{"line": line, "clientId": None, "errors": []} for line in (2, 3)],
    }
    assert await digest(world.database) == before and not await IdempotencyKey.exists()

    done = await send(api, admin, GOOD)
    assert [client["name"] for client in done["clients"]] == ["One", "Two"]
    assert [(row["line"], row["errors"]) for row in done["rows"]] == [(2, []), (3, [])]
    assert None not in [row["clientId"] for row in done["rows"]]
    assert await send(api, admin, GOOD) == done


async def test_the_report_names_line_column_and_remedy(api: Api, world: World):
    before = await digest(world.database)
    for dry_run in (True, False):
        told = await send(api, world.acme.as_admin(), BAD, dryRun=dry_run)
        [error] = told["userErrors"]
        assert (error["code"], error["field"]) == ("INVALID", ["csv"])
        assert error["message"] == "3 of 3 rows are refused; nothing was imported."
        assert told["clients"] is None
        found = [(r["line"], e["column"], e["code"]) for r in told["rows"] for e in r["errors"]]
        assert found == [
            (2, "employees", "INVALID"),
            (3, "name", "REQUIRED"),
            (4, None, "INVALID"),
        ]
    told = await send(api, world.acme.as_admin(), "name;domain\n")
    assert told["rows"] == [] and told["userErrors"][0]["field"] == ["csv"]
    assert await digest(world.database) == before


async def test_only_whoever_creates_clients_may(api: Api, world: World):
    for actor, code in [
        (PUBLIC, "UNAUTHENTICATED"),
        (world.acme.as_client_user(), "FORBIDDEN"),
        (world.as_analyst(), "FORBIDDEN"),
    ]:
        assert await api.rejected(actor, "importClients", {"csv": GOOD}) == code
    assert await Client.filter(domain="one.example").count() == 0
