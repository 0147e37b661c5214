"""The secrets of webhook endpoints: made from the server secret, the endpoint and a version.

Nothing in the database signs anything. Another server secret makes all of them others.
"""

import hmac
from uuid import UUID

# Never the same bytes for two purposes: another one would have another text.
_PURPOSE = b"partnergraph webhook secret, HMAC-SHA-256, version 1"


class WebhookSecrets:
    """Makes the keys that the webhooks of one deployment are signed with."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the server's."""
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def key(self, endpoint_id: UUID, version: UUID) -> bytes:
        """The key of an endpoint in one version of its secret: 32 bytes, the same each time."""
        return hmac.digest(self._key, endpoint_id.bytes + version.bytes, "sha256")
