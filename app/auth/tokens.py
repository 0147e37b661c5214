"""Bearer tokens (JWT): pinned algorithms, issuer and audience, keys from the issuer's JWKS."""

import asyncio
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import import_key

from app.auth.actor import Identity, Token
from app.auth.refusal import Reason, Unauthenticated
from app.domain.clock import Clock
from app.domain.emails import normalise_email
from app.settings import Settings

LEEWAY_SECONDS = 30
# Keys are read again after this time, and no sooner: a key that the issuer has withdrawn is refused
# within a minute.
REFRESH_AFTER = timedelta(seconds=50)
MAX_TOKEN_LENGTH = 8192
# For the whole of it: an issuer that sends a byte now and then must hold nobody up.
_FETCH_SECONDS = 5.0
_MAX_JWKS_BYTES = 1_000_000
_CLAIMS = {"iss": Reason.TOKEN_ISSUER, "aud": Reason.TOKEN_AUDIENCE}

log = structlog.get_logger()


class TokenVerifier:
    """Verifies the tokens of one issuer."""

    def __init__(
        self, settings: Settings, clock: Clock, read: Callable[[str], bytes] | None = None
    ) -> None:
        """`read` gives the bytes of a JWKS by its address; by default a file's, or over HTTPS."""
        if "://" in settings.jwt_jwks and not settings.jwt_jwks.startswith("https://"):
            raise ValueError("JWT_JWKS must be an https:// address or a file")
        self._clock = clock
        self._algorithms = settings.jwt_algorithms
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._keys = IssuerKeys(settings.jwt_jwks, clock, read or read_jwks)

    async def verify(self, text: str) -> Token:
        """What a valid token says. Raises Unauthenticated with the reason."""
        if len(text) > MAX_TOKEN_LENGTH:
            raise Unauthenticated(Reason.TOKEN_MALFORMED)
        header = _header(text)
        if header.get("alg") not in self._algorithms:
            raise Unauthenticated(Reason.TOKEN_ALGORITHM)
        key = await self._keys.get(header.get("kid"))
        try:
            token = jwt.decode(text, key, list(self._algorithms))
        except BadSignatureError as error:
            raise Unauthenticated(Reason.TOKEN_SIGNATURE) from error
        except (JoseError, ValueError, TypeError) as error:
            # TypeError: the library takes `crit` for a list of texts without looking.
            raise Unauthenticated(Reason.TOKEN_MALFORMED) from error
        self._check(token.claims)
        return Token(
            Identity(str(token.claims["sub"]), _verified_email(token.claims)),
            _refused_from(token.claims["exp"]),
            header["kid"],
            key,
        )

    async def confirm(self, token: Token) -> None:
        """Raise Unauthenticated once the issuer has no more the key that signed a valid token."""
        if await self._keys.get(token.kid) is not token.key:
            raise Unauthenticated(Reason.TOKEN_KEY_UNKNOWN)

    def _check(self, claims: dict[str, Any]) -> None:
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            rules.validate(claims)
        except ExpiredTokenError as error:
            raise Unauthenticated(Reason.TOKEN_EXPIRED) from error
        except MissingClaimError as error:
            raise Unauthenticated(Reason.TOKEN_CLAIM_MISSING) from error
        except ClaimError as error:
            raise Unauthenticated(
                Reason.TOKEN_NOT_YET_VALID
                if error.claim in ("nbf", "iat")
                else _CLAIMS.get(error.claim or "", Reason.TOKEN_CLAIM_MISSING)
            ) from error


class IssuerKeys:
    """The issuer's public keys: kept for a while, read again for a key that is not among them."""

    def __init__(self, address: str, clock: Clock, read: Callable[[str], bytes]) -> None:
        self._address = address
        self._clock = clock
        self._read = read
        self._keys: dict[str, Any] = {}
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def get(self, kid: Any) -> Any:
        """The key of this id. Raises Unauthenticated if the issuer has none, or cannot be asked."""
        if not isinstance(kid, str):
            raise Unauthenticated(Reason.TOKEN_KEY_UNKNOWN)
        # While one login reads the keys again, others go on with those at hand.
        stale = self._older(self._read_at, REFRESH_AFTER) and not self._reading.locked()
        if stale or kid not in self._keys:
            async with self._reading:
                await self._refresh()
        if self._read_at is None:
            raise Unauthenticated(Reason.ISSUER_UNREACHABLE)
        if kid not in self._keys:
            raise Unauthenticated(Reason.TOKEN_KEY_UNKNOWN)
        return self._keys[kid]

    async def _refresh(self) -> None:
        """Read the keys, unless that was tried just now. If it fails, the known ones stay."""
        if not self._older(self._tried_at, REFRESH_AFTER):
            return
        self._tried_at = self._clock.now()
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                data = await asyncio.to_thread(self._read, self._address)
            # A key that is still there stays the same object: it tells that nothing has changed.
            self._keys = {
                kid: self._keys[kid] if _same(self._keys.get(kid), key) else key
                for kid, key in _signing_keys(data).items()
            }
            self._read_at = self._tried_at
        except Exception as error:
            log.warning("token_keys_unreadable", address=self._address, error=repr(error))

    def _older(self, moment: datetime | None, age: timedelta) -> bool:
        return moment is None or self._clock.now() - moment >= age


def read_jwks(address: str) -> bytes:
    """The bytes of a JWKS, from a file or over HTTPS without following redirects.

    Raises OSError if it cannot be read in time, ValueError if it is too large.
    """
    if not address.startswith("https://"):
        return Path(address).read_bytes()
    opener = urllib.request.build_opener(_NoRedirects)
    deadline = time.monotonic() + _FETCH_SECONDS
    data = bytearray()
    with opener.open(address, timeout=_FETCH_SECONDS) as answer:
        # Piece by piece: nobody waits for this thread any more once the time is up, so it must end.
        while piece := answer.read1(65_536):
            data += piece
            if len(data) > _MAX_JWKS_BYTES:
                raise ValueError("The JWKS is larger than 1 MB")
            if time.monotonic() > deadline:
                raise TimeoutError("The JWKS comes too slowly")
    return bytes(data)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        """Refuse: the address in the settings is the one that was trusted."""


def _signing_keys(data: bytes) -> dict[str, Any]:
    """The usable keys of a JWKS by their ids. Raises ValueError if there are none."""
    keys: dict[str, Any] = {}
    for position, described in enumerate(orjson.loads(data)["keys"]):
        try:
            key = import_key(described)
            key.ensure_kid()
        except Exception as error:
            # One bad key must not shut out whoever holds a token of another.
            log.warning("token_key_skipped", position=position, error=repr(error))
            continue
        # A symmetric key in a public document would let anybody sign.
        if key.kid and key.key_type != "oct":
            keys[key.kid] = key
    if not keys:
        raise ValueError("The JWKS has no usable key")
    return keys


def _same(one: Any, other: Any) -> bool:
    return one is not None and one.thumbprint() == other.thumbprint()


def _refused_from(expires: float) -> datetime | None:
    """The moment from which a token with this `exp` is refused; None if there is no such moment."""
    try:
        return datetime.fromtimestamp(expires + LEEWAY_SECONDS, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _verified_email(claims: dict[str, Any]) -> str | None:
    """The e-mail in normal form; None if there is none, or the issuer does not vouch for it."""
    email, verified = claims.get("email"), claims.get("email_verified")
    # Some issuers write the flag as text.
    vouched = verified is True or verified == "true"
    return normalise_email(email) if vouched and isinstance(email, str) else None


def _header(text: str) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(text.encode()).headers())
    except (JoseError, ValueError) as error:
        raise Unauthenticated(Reason.TOKEN_MALFORMED) from error
