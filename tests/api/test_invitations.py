"""Invitations over the API: who sees tokens, and how somebody new comes in."""

import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from app.auth.actor import PUBLIC
from app.auth.invitation_tokens import InvitationTokens
from app.auth.secrets import server_secret
from app.domain.identity import Scope
from app.main import create_app
from app.persistence.models import Advisor
from app.settings import Settings
from tests.api.calls import Api, global_id, unknown_id
from tests.invitations import EMAIL, accept, invited_advisor, invited_user, newcomer
from tests.refusals import everything
from tests.world import World

PERSON = {"name": "Nora New", "email": EMAIL}
NEW = "invitation { id email expiresAt token }"
TOKEN = "query($id: ID!) { invitationToken(invitationId: $id) }"
ACCEPT = """mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
    viewer { name role partner { name } client { name } advisor { name status email } }
    userErrors { code field } } }"""
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})


async def test_a_token_is_shown_to_whoever_invites(api: Api, world: World, runtime):
    acme, input = world.acme, {"idempotencyKey": "one", **PERSON}
    made = (await api.done(acme.as_admin(), "inviteAdvisor", NEW, input))["invitation"]
    assert (made["email"], made["expiresAt"]) == (EMAIL, "2026-03-16T09:30:00Z")
    assert runtime.invitations.read(made["token"]) is not None
    # A repeat, as after a lost answer, shows the same one; to nobody else.
    again = await api.done(acme.as_admin(), "inviteAdvisor", NEW, input)
    assert again["invitation"] == made
    other = await api.refused(world.as_vendor(), "inviteAdvisor", input)
    assert other == [("REQUIRED", ("partnerId",))]
    renewed = await api.done(acme.as_admin(), "renewInvitation", NEW, {"invitationId": made["id"]})
    assert renewed["invitation"]["token"] != made["token"]
    client = {"clientId": global_id(acme.client), **PERSON}
    made = await api.done(
        acme.as_advisor(), "addClientUser", f"clientUser {{ name }} {NEW}", client
    )
    assert made["invitation"]["email"] == EMAIL
    created = {
        "start": {"planCode": "FREE"},
        "name": "Newco",
        "domain": "newco.example",
        "size": {"employeeCount": 1},
        "users": [PERSON, {"name": "B", "email": "b@newco.example"}],
    }
    made = await api.done(acme.as_admin(), "createClient", "invitations { email token }", created)
    assert [each["email"] for each in made["invitations"]] == [EMAIL, "b@newco.example"]
    assert len({each["token"] for each in made["invitations"]}) == 2


async def test_a_partner_lists_its_invitations(api: Api, world: World):
    acme = world.acme
    await invited_advisor(world, acme)
    await accept(world, (await invited_user(world, acme))["invitation"], newcomer())
    await invited_user(world, acme, "late@a.example")
    document = """query($in: [InvitationStatus!]) { partner(slug: "acme") {
        invitations(where: {status: $in}) { totalCount
            nodes { status advisor { email } client { name } clientUser { name } } } } }"""

    async def listed(actor: Any, *states: str) -> list[Any]:
        found = await api.data(actor, document, **({"in": states} if states else {}))
        return found["partner"]["invitations"]["nodes"]

    async def states(actor: Any, *wanted: str) -> list[str]:
        return [each["status"] for each in await listed(actor, *wanted)]

    assert sorted(await states(acme.as_admin())) == ["ACCEPTED", "PENDING", "PENDING"]
    assert await states(acme.as_admin(), "ACCEPTED") == ["ACCEPTED"]
    world.clock.advance(days=14)
    assert sorted(await states(world.as_vendor())) == ["ACCEPTED", "EXPIRED", "EXPIRED"]
    assert await states(acme.as_admin(), "PENDING") == []
    # To client users they are no business, and to the rival there is no such partner.
    assert await states(acme.as_client_user()) == []
    assert (await api.data(world.rival.as_admin(), document))["partner"] is None
    rows = await listed(acme.as_admin(), "EXPIRED")
    assert {
        "status": "EXPIRED",
        "advisor": {"email": EMAIL},
        "client": None,
        "clientUser": None,
    } in rows


async def test_the_mailer_reads_the_token_of_a_pending_one(api: Api, world: World, runtime):
    acme = world.acme
    ids = await invited_advisor(world, acme)
    id = f"invitation_{ids['invitation'].hex}"
    token = runtime.invitations.token(ids["invitation"])
    for actor in (world.as_vendor(), acme.as_admin(), acme.as_app()):
        assert await api.data(actor, TOKEN, id=id) == {"invitationToken": token}
    for actor in (acme.as_advisor(), acme.as_app(Scope.CLIENTS_WRITE), world.rival.as_admin()):
        assert await api.data(actor, TOKEN, id=id) == {"invitationToken": None}
    for actor in (world.as_analyst(), acme.as_client_user(), acme.as_app(Scope.PARTNERS_WRITE)):
        assert await api.error(actor, TOKEN, id=id) == "FORBIDDEN"
    assert await api.error(PUBLIC, TOKEN, id=id) == "UNAUTHENTICATED"
    for other in (unknown_id("Invitation"), global_id(acme.client), "nonsense"):
        assert (await api.data(world.as_vendor(), TOKEN, id=other))["invitationToken"] is None
    await accept(world, ids["invitation"], newcomer())
    assert (await api.data(world.as_vendor(), TOKEN, id=id))["invitationToken"] is None


async def test_only_somebody_new_accepts(api: Api, world: World, runtime):
    ids = await invited_advisor(world, world.acme)
    input = {"token": runtime.invitations.token(ids["invitation"])}
    assert await api.rejected(PUBLIC, "acceptInvitation", input) == "UNAUTHENTICATED"
    assert await api.rejected(world.as_vendor(), "acceptInvitation", input) == "FORBIDDEN"
    for actor in (world.acme.as_admin(), world.acme.as_app(), world.rival.as_client_user()):
        refusals = await api.refused(actor, "acceptInvitation", input)
        assert refusals == [("INVALID", ("token",))]
    for text in ("", "nonsense", input["token"][:-1], "\0"):
        refusals = await api.refused(newcomer(), "acceptInvitation", {"token": text})
        assert refusals == [("NOT_FOUND", ("token",))]


@pytest.fixture
def settings(tmp_path) -> Settings:
    keys = {"keys": [RSA.as_dict(private=False)]}
    (tmp_path / "jwks.json").write_text(json.dumps(keys))
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        explorer=False,
        jwt_jwks=str(tmp_path / "jwks.json"),
        jwt_issuer="https://login.example",
        jwt_audience="partnergraph",
    )


class Portal:
    """The application over HTTP, called with a person's sign-in."""

    def __init__(self, http: httpx2.AsyncClient, clock: Any) -> None:
        self._http, self._clock = http, clock

    async def post(self, query: str, subject: str, variables: Any = None, **claims: Any) -> Any:
        token = jwt.encode(
            {"alg": "RS256", "kid": "rsa"},
            {
                "iss": "https://login.example",
                "aud": "partnergraph",
                "sub": subject,
                "exp": int(self._clock.now().timestamp()) + 300,
                **claims,
            },
            RSA,
        )
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {token}"}
        return await self._http.post("/graphql", json=body, headers=headers)

    async def accept(self, subject: str, token: str, key: str = "k", **claims: Any) -> Any:
        variables = {"input": {"idempotencyKey": key, "token": token}}
        response = await self.post(ACCEPT, subject, variables, **claims)
        assert response.status_code == 200, response.text
        return response.json()["data"]["acceptInvitation"]


@pytest.fixture
async def portal(world: World, settings: Settings, clock, closed_schema) -> AsyncIterator[Portal]:
    app = create_app(settings, world.database, clock, closed_schema)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Portal(http, clock)


def token_of(settings: Settings, id: Any) -> str:
    return InvitationTokens(server_secret(settings)).token(id)


async def test_a_person_signs_in_and_joins(world: World, portal: Portal, settings: Settings):
    ids = await invited_user(world, world.acme)
    token = token_of(settings, ids["invitation"])
    with capture_logs() as logs:
        joined = await portal.accept("idp|nora", token, email=EMAIL.upper(), email_verified=True)
    assert joined == {
        "viewer": {
            "name": "Nora New",
            "role": "CLIENT_USER",
            "partner": {"name": "Acme Advisory"},
            "client": {"name": "Acme First Client"},
            "advisor": None,
        },
        "userErrors": [],
    }
    assert token not in str(logs) and token not in str(await everything())
    # A repeat, after the answer was lost: she is somebody by now, and gets the same.
    assert await portal.accept("idp|nora", token) == joined
    me = await portal.post("{ viewer { name role client { name } partner { slug } } }", "idp|nora")
    assert me.json()["data"]["viewer"] == {
        "name": "Nora New",
        "role": "CLIENT_USER",
        "client": {"name": "Acme First Client"},
        "partner": {"slug": "acme"},
    }


@pytest.mark.parametrize(
    "vouched",
    [
        "jürgen@xn--bcher-kva.example",
        unicodedata.normalize("NFD", "jürgen@bücher.example"),
        "JÜRGEN@BÜCHER.EXAMPLE",
    ],
)
async def test_a_person_joins_however_the_issuer_spells_the_mailbox(
    world: World, portal: Portal, settings: Settings, vouched: str
):
    ids = await invited_user(world, world.acme, "jürgen@bücher.example")
    token = token_of(settings, ids["invitation"])
    joined = await portal.accept("idp|nora", token, email=vouched, email_verified=True)
    assert joined["userErrors"] == [] and joined["viewer"]["name"] == "Nora New"


async def test_a_token_of_another_deployment(world: World, portal: Portal, settings, runtime):
    ids = await invited_advisor(world, world.acme)
    before = await everything()
    refused = await portal.accept("idp|nora", runtime.invitations.token(ids["invitation"]))
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "field": ["token"]}]
    mail = {"email": "mallory@evil.example", "email_verified": "true"}
    refused = await portal.accept("idp|m", token_of(settings, ids["invitation"]), **mail)
    assert refused["userErrors"] == [{"code": "INVALID", "field": ["token"]}]
    assert await everything() == before
    # An address that nobody vouches for is not looked at.
    mail = {"email": "mallory@evil.example", "email_verified": False}
    joined = await portal.accept("idp|m", token_of(settings, ids["invitation"]), **mail)
    advisor = {"name": "Nora New", "status": "ACTIVE", "email": EMAIL}
    assert joined["viewer"]["advisor"] == advisor


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { name } }",
        "{ clock { now } }",
        "{ vendor { name } }",
        "mutation { acceptInvitation(input: {}) { __typename }"
        " inviteAdvisor(input: {}) { __typename } }",
        "mutation { ...A } fragment A on Mutation { acceptInvitation(input: {}) { __typename } }",
        "query A { clock { now } } mutation B { acceptInvitation(input: {}) { __typename } }",
        "{ nonsense",
        "subscription { acceptInvitation }",
    ],
)
async def test_somebody_new_may_do_nothing_else(world: World, portal: Portal, query: str):
    before = await everything()
    response = await portal.post(query, "idp|nobody")
    if query.startswith("subscription"):
        assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    else:
        assert response.status_code == 401
        [error] = response.json()["errors"]
        assert error["extensions"]["reason"] == "TOKEN_SUBJECT_UNKNOWN"
    assert await everything() == before


async def test_whoever_was_locked_out_comes_back_by_no_old_link(
    world: World, portal: Portal, settings: Settings, api: Api
):
    ids = await invited_advisor(world, world.acme)
    token = token_of(settings, ids["invitation"])
    assert (await portal.accept("idp|nora", token))["viewer"]
    nora = {"advisorId": global_id(await Advisor.get(id=ids["advisor"]))}
    await api.done(world.acme.as_admin(), "revokeAdvisor", "advisor { status activeTo }", nora)
    response = await portal.post("{ viewer { name } }", "idp|nora")
    assert response.status_code == 401
    # The first call again is answered as it was, but there is nobody left to see anything.
    again = await portal.accept("idp|nora", token)
    assert again == {"viewer": None, "userErrors": []}
    again = await portal.accept("idp|nora", token, key="another")
    assert again["userErrors"] == [{"code": "INVITATION_ENDED", "field": ["token"]}]
    assert (await Advisor.get(id=ids["advisor"])).status == "REVOKED"
