"""The key that signs badges: derived from the server secret, so all processes have the same one.

Nothing is stored. Another secret is another key: what was signed before no longer verifies.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

# Never the same bytes for two purposes: another one would have another text.
_PURPOSE = b"partnergraph badge signature, Ed25519, version 1"
TYPE = "tier-badge+jwt"
ALGORITHM = "Ed25519"


class BadgeSigner:
    """Signs what badges say (JWS of RFC 7515, Ed25519 of RFC 9864)."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the server's."""
        options = {"salt": b"", "info": _PURPOSE}
        self._key = OKPKey.derive_key(secret, "Ed25519", auto_kid=True, kdf_options=options)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact JWS over the claims; the same claims give the same text."""
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.kid}
        return jwt.encode(header, dict(claims), self._key, [ALGORITHM])

    @cached_property
    def published(self) -> Mapping[str, Any]:
        """The public key as a JWKS (RFC 7517)."""
        public = {**self._key.as_dict(private=False), "alg": ALGORITHM, "use": "sig"}
        return {"keys": [public]}
