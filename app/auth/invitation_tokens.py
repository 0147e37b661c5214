"""The tokens of invitations: made from the server secret and the invitation's id, never stored.

Nothing in the database lets anybody accept an invitation. Another secret is another key: tokens of
another deployment, or of before the secret was changed, no longer fit.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

# Never the same bytes for two purposes: another one would have another text.
_PURPOSE = b"partnergraph invitation token, HMAC-SHA-256, version 1"
_PREFIX = "pgi_"
# 16 bytes of id and 32 of proof.
_LENGTH = 64


class InvitationTokens:
    """Makes and reads the tokens of one deployment."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the server's."""
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def token(self, invitation_id: UUID) -> str:
        """The token of an invitation, the same each time; fit for a URL."""
        proof = hmac.digest(self._key, invitation_id.bytes, "sha256")
        return _PREFIX + urlsafe_b64encode(invitation_id.bytes + proof).decode()

    def read(self, text: str) -> UUID | None:
        """The id of the invitation whose token this is; None for any other text."""
        id = _id_in(text)
        # An unknown text costs the same work as a wrong proof, and gets the same answer.
        made = self.token(id or UUID(int=0))
        fits = hmac.compare_digest(made.encode(), text.encode(errors="replace"))
        return id if fits else None


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(bytes=urlsafe_b64decode(text[len(_PREFIX) :][:_LENGTH])[:16])
    except ValueError:
        return None
