"""Badges over the real application: public, verifiable, and as the tier is now."""

import asyncio
import base64
import hashlib
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from app.domain.partners import PartnerStatus
from app.domain.programs.badge import badge_path
from app.main import create_app
from app.persistence.models import Partner, Tier
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from app.settings import Settings
from tests.api.ladder import KEY, import_ladder
from tests.api.small_service import small_service
from tests.world import World

SVG = "{http://www.w3.org/2000/svg}"
JWS = re.compile(rb'(<jws xmlns="urn:partnergraph:badge:1">)([^<]*)(</jws>)')
GUIDE = Path(__file__).parents[2] / "docs" / "api" / "badges.md"
ORIGIN = {"origin": "https://anywhere.example"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, explorer=False)


@pytest.fixture
async def http(world: World, clock, settings, closed_schema) -> AsyncIterator[httpx2.AsyncClient]:
    await import_ladder(world)
    await place(world, "gold")
    app = create_app(settings, world.database, clock, closed_schema)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def place(world: World, tier: str | None) -> None:
    input = SetPartnerTier(f"to {tier}", world.acme.partner.id, KEY, tier, "So be it.")
    await set_partner_tier(world.caller(world.as_vendor()), input)


async def fetch(http: httpx2.AsyncClient, slug: str = "acme", **headers: str) -> httpx2.Response:
    return await http.get(badge_path(KEY, slug), headers=headers)


async def verified(http: httpx2.AsyncClient, jws: str) -> dict[str, Any]:
    """The claims of a signature, checked with the published key alone."""
    keys = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    token = jwt.decode(jws, keys, ["Ed25519"])
    assert token.header["typ"] == "tier-badge+jwt"
    return dict(token.claims)


def texts(response: httpx2.Response) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(response.content).iter(f"{SVG}text")]


async def test_anybody_sees_it(http, clock):
    response = await fetch(http, **ORIGIN)
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.headers["x-content-type-options"] == "nosniff"
    _, tier, partner, since = texts(response)
    assert (tier, partner, since) == ("Gold", "Acme Advisory", f"Since {clock.now():%Y-%m-%d}")


async def test_it_is_verified_with_the_published_key(http, clock):
    response = await fetch(http)
    jws = response.headers["badge-signature"]
    [(_, inside, _)] = JWS.findall(response.content)
    assert inside.decode() == jws
    claims = await verified(http, jws)
    at = clock.now().isoformat().replace("+00:00", "Z")
    assert claims == {
        "iss": "Northwind Software",
        "sub": "acme",
        "partner": "Acme Advisory",
        "program": KEY,
        "tier": "gold",
        "tierName": "Gold",
        "since": at,
        "iat": int(clock.now().timestamp()),
        "digest": hashlib.sha256(JWS.sub(rb"\1\3", response.content)).hexdigest(),
    }
    [key] = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "Ed25519", "sig")
    assert "d" not in key


async def test_a_changed_byte_is_found(http):
    jws = (await fetch(http)).headers["badge-signature"]
    header, payload, signature = jws.split(".")
    claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    for changed in (claims.replace(b'"gold"', b'"pold"'), claims.replace(b"acme", b"bcme")):
        assert changed != claims
        forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        with pytest.raises(BadSignatureError):
            await verified(http, f"{header}.{forged}.{signature}")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    with pytest.raises(BadSignatureError):
        await verified(http, f"{header}.{payload}.{other}")


async def test_a_changed_picture_is_found(http):
    response = await fetch(http)
    forged = response.content.replace(b">Gold<", b">Bold<")
    claims = await verified(http, response.headers["badge-signature"])
    assert hashlib.sha256(JWS.sub(rb"\1\3", forged)).hexdigest() != claims["digest"]


async def test_the_facts_as_json(http, clock):
    response = await http.get(f"/badges/{KEY}/acme.json", headers=ORIGIN)
    assert response.headers["access-control-allow-origin"] == "*"
    told = response.json()
    assert told.pop("jws") == (await fetch(http)).headers["badge-signature"]
    at = clock.now().isoformat().replace("+00:00", "Z")
    assert told == {"partner": "acme", "program": KEY, "tier": "gold", "since": at}


async def test_a_tier_change_shows_at_once(http, world: World, clock):
    before = await fetch(http)
    clock.advance(days=3)
    await place(world, "silver")
    after = await fetch(http, **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert texts(after)[1] == "Silver"
    assert (await verified(http, after.headers["badge-signature"]))["tier"] == "silver"
    await place(world, None)
    assert (await fetch(http)).status_code == 404


async def test_what_a_cache_has_is_not_sent_again(http, clock):
    first = await fetch(http)
    tag = first.headers["etag"]
    # Within five minutes it is the same to the byte.
    clock.advance(minutes=4)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await fetch(http, **{"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    clock.advance(minutes=1)
    later = await fetch(http, **{"if-none-match": tag})
    assert later.status_code == 200
    claims = await verified(http, later.headers["badge-signature"])
    assert 0 <= clock.now().timestamp() - claims["iat"] < timedelta(minutes=5).total_seconds()


async def test_head_tells_the_same_headers(http):
    get = await fetch(http)
    head = await http.head(badge_path(KEY, "acme"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("status", sorted(set(PartnerStatus) - {PartnerStatus.ACTIVE}))
async def test_who_is_not_active_has_none(http, world: World, status: PartnerStatus):
    await Partner.filter(id=world.acme.partner.id).update(status=status)
    assert (await fetch(http)).status_code == 404


async def test_what_is_not_there_looks_all_the_same(http):
    answers = [
        await http.get(f"/badges/{path}.{kind}", headers=ORIGIN)
        for path in (f"{KEY}/rival", f"{KEY}/nobody", "unheard/acme", f"{KEY}/%00", "%E2%80%AE/a'b")
        for kind in ("svg", "json")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert (await http.post(f"/badges/{KEY}/acme.svg")).status_code == 405


async def test_names_stay_text(http, world: World):
    await Partner.filter(id=world.acme.partner.id).update(name="<script>&\"'</script>")
    await Tier.filter(key="gold").update(name="Gold & <Co>", color=None)
    response = await fetch(http)
    assert texts(response)[1:3] == ["Gold & <Co>", "<script>&\"'</script>"]
    claims = await verified(http, response.headers["badge-signature"])
    assert claims["partner"] == "<script>&\"'</script>"


async def test_all_processes_have_one_key_and_other_secrets_another(http, world, clock, settings):
    jws = (await fetch(http)).headers["badge-signature"]
    for made, same in (
        (settings, True),
        (settings.model_copy(update={"data_dir": settings.data_dir / "other"}), False),
    ):
        transport = httpx2.ASGITransport(app=create_app(made, world.database, clock))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as other:
            assert ((await fetch(other)).headers["badge-signature"] == jws) is same


@pytest.mark.parametrize(("language", "command"), [("python", [sys.executable]), ("sh", ["sh"])])
async def test_the_guide_verifies_one(
    world: World, clock, tmp_path, language: str, command: list[str]
):
    if language == "sh" and not all(map(shutil.which, ("curl", "jq", "openssl", "awk"))):
        pytest.skip("the guide's shell commands are not all here")
    await import_ladder(world)
    await place(world, "gold")
    [script] = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    async with small_service(world.database, clock, tmp_path / "data") as service:
        here = script.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{service.port}")
        (tmp_path / "script").write_text(here)
        process = await asyncio.create_subprocess_exec(
            *command, tmp_path / "script", cwd=tmp_path, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert b"Gold" in out
    if language == "sh":
        assert b"Signature Verified Successfully" in out
        [told, found] = re.findall(rb"\b[0-9a-f]{64}\b", out)
        assert told == found
