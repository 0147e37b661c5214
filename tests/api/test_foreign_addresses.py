"""Addresses outside of GraphQL with what is another team's: answered as if it were not there.

The routes are taken from the application: one with an id that is not tried here fails the test.
"""

from urllib.parse import urlsplit
from uuid import uuid4

from starlette.routing import Route

from app.auth.secrets import server_secret
from app.auth.signed_urls import UrlSigner
from app.domain.identity import Role, Scope
from app.main import create_app
from app.persistence import models
from app.persistence.models.base import Record
from schema.attachments import file_path
from schema.invoice_documents import document_path
from schema.node import encode
from tests.api.attachments import PDF, Attaching
from tests.api.database_digest import digest
from tests.contract.full_database import Full

# Paths by the routes that they are of, with a place for an id; and what the id is of.
ADDRESSES = {
    "/content/versions/{id}/attachments": "ContentVersion",
    "/invoices/{id}.pdf": "Invoice",
    "/invoices/{id}.html": "Invoice",
    "/files/{id}/{name}": "Attachment",
    "/exports/revenue.csv": "Partner",
    "/exports/receivables.csv": "Partner",
}
# Badges are public by name. The others take no name of anything but of a program.
WITHOUT_IDS = {
    "/badges/{program}/{partner}.svg",
    "/badges/{program}/{partner}.json",
    "/exports/compliance/{program}.csv",
}


def address(path: str, id: str) -> str:
    return path.format(id=id, name="a.pdf") + f"?partnerId={id}&name=a.pdf"


async def keys(files: Attaching) -> dict[str, dict[str, str]]:
    rival = files.world.rival
    app = {"partner_id": rival.partner.id, "scopes": frozenset(Scope)}
    return {
        "partner admin": await files.as_(Role.PARTNER_ADMIN, rival.admin),
        "advisor": await files.as_(Role.ADVISOR, rival.advisor),
        "client user": await files.as_(Role.CLIENT_USER, rival.client_user),
        "app": await files.as_(Role.APP, **app),
        "public": {},
    }


async def first_of(type_name: str, files: Attaching) -> Record:
    acme = files.world.acme.partner
    if type_name == "Partner":
        return acme
    row = await getattr(models, type_name).filter(partner_id=acme.id).order_by("id").first()
    assert row is not None
    return row


def test_every_route_with_a_name_in_it_is_tried(files: Attaching) -> None:
    app = create_app(files.settings, files.world.database, files.world.clock)
    named = {r.path for r in app.routes if isinstance(r, Route) and "{" in r.path}
    exports = {path for path in ADDRESSES if path.startswith("/exports/")}
    assert named == (set(ADDRESSES) - exports) | WITHOUT_IDS


async def test_a_foreign_id_is_the_id_of_nothing(files: Attaching) -> None:
    await Full(files.world).grow(1, files.world.acme, files.world.rival)
    held = await keys(files)
    before = await digest(files.world.database)
    for path, type_name in ADDRESSES.items():
        ids = [(await first_of(type_name, files)).id, uuid4()]
        for who, headers in held.items():
            told = []
            for id in ids:
                method = "POST" if path.endswith("/attachments") else "GET"
                sent = {"content": PDF} if method == "POST" else {}
                kind = {"content-type": "application/pdf"}
                to = address(path, encode(type_name, id))
                answer = await files.http.request(method, to, headers={**headers, **kind}, **sent)
                told.append((answer.status_code, answer.content))
            assert told[0] == told[1] and told[0][0] in (401, 403, 404), (path, who, told)
    assert await digest(files.world.database) == before


async def test_a_signature_opens_nothing_but_what_it_was_made_for(files: Attaching) -> None:
    world = files.world
    await Full(world).grow(1, world.acme, world.rival)
    signer = UrlSigner(server_secret(files.settings), files.settings.link_seconds)
    for type_name, path in (("Attachment", "file"), ("Invoice", "pdf"), ("Invoice", "html")):
        model = getattr(models, type_name)
        own, foreign = [
            encode(type_name, (await model.filter(partner_id=team.partner.id).first()).id)
            for team in (world.rival, world.acme)
        ]
        if path == "file":
            places = [file_path(id, "a.pdf") for id in (own, foreign)]
        else:
            places = [document_path(id, path) for id in (own, foreign)]
        query = urlsplit(signer.sign(places[0], world.clock.now())).query
        answer = await files.http.get(f"{places[1]}?{query}")
        assert answer.status_code == 403, places
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "reason": "LINK_ALTERED"}
