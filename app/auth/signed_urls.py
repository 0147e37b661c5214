"""URLs that let anyone who has them read one thing for a short time, without credentials.

The key is derived from the server secret, so all processes have the same one and nothing is stored.
"""

import hashlib
import hmac
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

# Never the same bytes for two purposes: another one would have another text.
_PURPOSE = b"partnergraph signed address, HMAC-SHA256, version 1"


class LinkFault(StrEnum):
    """Why a signed address does not open: the `extensions.reason` of the answer."""

    LINK_ALTERED = "LINK_ALTERED"
    LINK_EXPIRED = "LINK_EXPIRED"


class BadLink(Exception):
    """A signed address that does not open."""

    def __init__(self, fault: LinkFault) -> None:
        expired = fault is LinkFault.LINK_EXPIRED
        super().__init__(
            "This address has expired. Ask the API for a new one."
            if expired
            else "This address was changed on its way. Use it as the API gave it."
        )
        self.fault = fault


class UrlSigner:
    """Makes and checks signed addresses."""

    def __init__(self, secret: bytes, seconds: int) -> None:
        """`secret` is the server's; an address opens for the given number of seconds."""
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
        self._seconds = seconds

    def sign(self, path: str, now: datetime) -> str:
        """A path (percent-encoded, from the root of the service) with its expiry and signature."""
        expires = str(int(now.timestamp()) + self._seconds)
        query = {"expires": expires, "signature": self._signature(path, expires)}
        return f"{path}?{urlencode(query)}"

    def check(self, path: str, expires: str, signature: str, now: datetime) -> None:
        """Raise BadLink unless the signature is of this path and expiry, and the expiry to come."""
        good = self._signature(path, expires)
        # As bytes: text beyond ASCII cannot be compared in constant time.
        if not hmac.compare_digest(good.encode(), signature.encode(errors="replace")):
            raise BadLink(LinkFault.LINK_ALTERED)
        # A number: it is ours.
        if int(expires) <= now.timestamp():
            raise BadLink(LinkFault.LINK_EXPIRED)

    def _signature(self, path: str, expires: str) -> str:
        text = f"{expires}\n{path}".encode(errors="replace")
        return hmac.digest(self._key, text, hashlib.sha256).hex()
