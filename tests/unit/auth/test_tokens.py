"""Bearer tokens: each way in which one can be wrong has its reason."""

import asyncio
import base64
import hmac
import json
import threading
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from app.auth.refusal import Reason, Unauthenticated
from app.auth.tokens import TokenVerifier
from app.settings import Settings
from tests.conftest import ManualClock

ISSUER = "https://login.example"
AUDIENCE = "partnergraph"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
OTHER = RSAKey.generate_key(2048, {"kid": "rsa"})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "jwks.json").write_bytes(jwks(RSA, EC))
    return make_settings(str(tmp_path / "jwks.json"))


def make_settings(address: str) -> Settings:
    return Settings(_env_file=None, jwt_jwks=address, jwt_issuer=ISSUER, jwt_audience=AUDIENCE)


def jwks(*keys) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def sign(clock, key=RSA, header=None, **changes) -> str:
    now = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "exp": now + 300, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
    head = {"alg": algorithm, "kid": key.kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, claims, key, algorithms=[head["alg"]])


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


async def refusal(verifier: TokenVerifier, text: str) -> Reason:
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(text)
    return refused.value.reason


async def test_valid_tokens_give_their_subject(settings, clock):
    verifier = TokenVerifier(settings, clock)
    assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
    assert (await verifier.verify(sign(clock, EC))).identity.subject == "user-1"
    assert (
        await verifier.verify(sign(clock, aud=["other", AUDIENCE]))
    ).identity.subject == "user-1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://evil.example"}, Reason.TOKEN_ISSUER),
        ({"iss": None}, Reason.TOKEN_CLAIM_MISSING),
        ({"aud": "other"}, Reason.TOKEN_AUDIENCE),
        ({"aud": ["other"]}, Reason.TOKEN_AUDIENCE),
        ({"aud": None}, Reason.TOKEN_CLAIM_MISSING),
        ({"sub": None}, Reason.TOKEN_CLAIM_MISSING),
        ({"sub": 7}, Reason.TOKEN_CLAIM_MISSING),
        ({"exp": None}, Reason.TOKEN_CLAIM_MISSING),
        ({"exp": "soon"}, Reason.TOKEN_CLAIM_MISSING),
        ({"exp": 1}, Reason.TOKEN_EXPIRED),
        ({"nbf": 4_000_000_000}, Reason.TOKEN_NOT_YET_VALID),
        ({"iat": 4_000_000_000}, Reason.TOKEN_NOT_YET_VALID),
    ],
)
async def test_wrong_claims(settings, clock, changes, reason):
    assert await refusal(TokenVerifier(settings, clock), sign(clock, **changes)) == reason


async def test_time_is_the_clocks_with_half_a_minute_of_leeway(settings, clock):
    verifier = TokenVerifier(settings, clock)
    token = sign(clock)
    clock.advance(seconds=300 + 29)
    assert (await verifier.verify(token)).identity.subject == "user-1"
    clock.advance(seconds=1)
    assert await refusal(verifier, token) == Reason.TOKEN_EXPIRED


async def test_forged_tokens(settings, clock):
    verifier = TokenVerifier(settings, clock)
    assert await refusal(verifier, sign(clock, OTHER)) == Reason.TOKEN_SIGNATURE
    head, body, signature = sign(clock).split(".")
    assert await refusal(verifier, f"{head}.{body}.") == Reason.TOKEN_SIGNATURE
    other_body = sign(clock, sub="admin").split(".")[1]
    assert await refusal(verifier, f"{head}.{other_body}.{signature}") == Reason.TOKEN_SIGNATURE
    none = base64url(b'{"alg":"none","kid":"rsa"}')
    assert await refusal(verifier, f"{none}.{body}.") == Reason.TOKEN_ALGORITHM


async def test_a_public_key_is_no_shared_secret(settings, clock):
    body = sign(clock).split(".")[1]
    signed = base64url(b'{"alg":"HS256","kid":"rsa"}') + "." + body
    mac = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    token = f"{signed}.{base64url(mac)}"
    assert await refusal(TokenVerifier(settings, clock), token) == Reason.TOKEN_ALGORITHM


async def test_keys_that_are_not_the_issuers(settings, clock):
    verifier = TokenVerifier(settings, clock)
    unknown = sign(clock, header={"kid": "unknown"})
    assert await refusal(verifier, unknown) == Reason.TOKEN_KEY_UNKNOWN
    # An EC key named for an RSA signature.
    crossed = sign(clock, header={"kid": "ec"})
    assert await refusal(verifier, crossed) in (Reason.TOKEN_MALFORMED, Reason.TOKEN_SIGNATURE)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b", "a.b.c", "a.b.c.d", "....", "e30.e30.e30", "x" * 9000]
)
async def test_what_is_no_token(settings, clock, text):
    reason = await refusal(TokenVerifier(settings, clock), text)
    assert reason in (Reason.TOKEN_MALFORMED, Reason.TOKEN_ALGORITHM)


@pytest.mark.parametrize(
    "crit", [5, True, None, 1.5, "", "b64", {}, [5], [None], [{}], [["b64"]], ["b64"], ["x"]]
)
async def test_a_header_of_any_form_is_refused_without_a_fault(settings, clock, crit):
    header = json.dumps({"alg": "RS256", "kid": "rsa", "crit": crit}).encode()
    _, body, signature = sign(clock).split(".")
    forged = f"{base64url(header)}.{body}.{signature}"
    reason = await refusal(TokenVerifier(settings, clock), forged)
    # An empty one is as good as none: then it is the signature that does not fit.
    assert reason in (Reason.TOKEN_MALFORMED, Reason.TOKEN_SIGNATURE)


async def test_keys_are_read_again_after_a_while_and_for_a_new_one(clock):
    published = [RSA]
    asked = 0

    def read(address: str) -> bytes:
        nonlocal asked
        asked += 1
        return jwks(*published)

    verifier = TokenVerifier(make_settings("https://login.example/jwks"), clock, read)
    await verifier.verify(sign(clock))
    await verifier.verify(sign(clock))
    assert asked == 1
    # A new key: read at once, but not more than once a minute.
    published.append(EC)
    assert await refusal(verifier, sign(clock, EC)) == Reason.TOKEN_KEY_UNKNOWN
    assert asked == 1
    clock.advance(minutes=1)
    assert (await verifier.verify(sign(clock, EC))).identity.subject == "user-1"
    assert asked == 2
    # A key that was withdrawn is refused within a minute.
    published.remove(RSA)
    clock.advance(seconds=49)
    assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
    assert asked == 2
    clock.advance(seconds=1)
    assert await refusal(verifier, sign(clock)) == Reason.TOKEN_KEY_UNKNOWN
    assert asked == 3


async def test_an_issuer_that_is_away(clock):
    away = False

    def read(address: str) -> bytes:
        if away:
            raise OSError("no route")
        return jwks(RSA)

    verifier = TokenVerifier(make_settings("https://login.example/jwks"), clock, read)
    away = True
    assert await refusal(verifier, sign(clock)) == Reason.ISSUER_UNREACHABLE
    away = False
    clock.advance(minutes=1)
    assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
    # The keys at hand stay in use.
    away = True
    clock.advance(minutes=30)
    assert (await verifier.verify(sign(clock))).identity.subject == "user-1"


async def test_symmetric_keys_in_a_jwks_are_ignored(clock):
    shared = OctKey.generate_key(256, {"kid": "oct"})
    document = json.dumps(
        {"keys": [shared.as_dict(private=True), RSA.as_dict(private=False)]}
    ).encode()
    verifier = TokenVerifier(make_settings("https://x.example/jwks"), clock, lambda a: document)
    assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
    assert await refusal(verifier, sign(clock, header={"kid": "oct"})) == Reason.TOKEN_KEY_UNKNOWN


MALFORMED_KEYS = [
    {"kty": "RSA", "kid": "q"},
    {"kty": "RSA", "kid": "q", "n": "!!", "e": "AQAB"},
    {"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
    {"kty": "EC", "kid": "q", "crv": "P-256", "x": "AA", "y": "AA"},
    {"kty": "ML-DSA", "kid": "q"},
    {"kty": []},
    {},
    5,
    None,
]


@pytest.mark.parametrize("malformed", MALFORMED_KEYS, ids=str)
async def test_a_malformed_key_in_a_jwks_leaves_the_others_in_use(clock, malformed):
    keys = [malformed, RSA.as_dict(private=False), malformed, EC.as_dict(private=False)]
    document = json.dumps({"keys": keys}).encode()
    verifier = TokenVerifier(make_settings("https://x.example/jwks"), clock, lambda a: document)
    with capture_logs() as logged:
        assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
        assert (await verifier.verify(sign(clock, EC))).identity.subject == "user-1"
    skipped = [entry["position"] for entry in logged if entry["event"] == "token_key_skipped"]
    assert skipped == [0, 2]
    assert await refusal(verifier, sign(clock, header={"kid": "q"})) == Reason.TOKEN_KEY_UNKNOWN


async def test_a_jwks_without_a_usable_key_leaves_the_keys_at_hand_in_use(clock):
    documents = [jwks(RSA), b'{"keys": [{"kty": "RSA", "kid": "rsa"}]}', b'{"keys": []}', b"{}"]
    verifier = TokenVerifier(
        make_settings("https://x.example/jwks"), clock, lambda a: documents.pop(0)
    )
    while documents:
        assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
        clock.advance(minutes=10)


async def test_an_issuer_that_does_not_come_to_an_end_holds_nobody_up(clock, monkeypatch):
    released = threading.Event()
    documents = [jwks(RSA)]

    def read(address: str) -> bytes:
        if not documents:
            released.wait(60)
        return documents.pop()

    verifier = TokenVerifier(make_settings("https://x.example/jwks"), clock, read)
    await verifier.verify(sign(clock))
    clock.advance(minutes=10)
    try:
        # For as long as one waits for the issuer, others come in with the keys at hand.
        waiting = asyncio.create_task(refusal(verifier, sign(clock, EC)))
        await asyncio.sleep(0)
        assert (await verifier.verify(sign(clock))).identity.subject == "user-1"
        assert not waiting.done()
        waiting.cancel()
        # And who waits is told before the issuer is done.
        monkeypatch.setattr("app.auth.tokens._FETCH_SECONDS", 0.05)
        clock.advance(minutes=1)
        assert await refusal(verifier, sign(clock, EC)) == Reason.TOKEN_KEY_UNKNOWN
    finally:
        released.set()


def test_keys_over_plain_http_are_refused_at_start(clock):
    with pytest.raises(ValueError, match="https"):
        TokenVerifier(make_settings("http://login.example/jwks"), clock)
