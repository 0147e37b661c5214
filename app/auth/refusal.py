"""Why a caller was not let in: one reason for each way to fail, with the remedy."""

from enum import StrEnum


class Reason(StrEnum):
    """The `extensions.reason` of an UNAUTHENTICATED error."""

    CREDENTIALS_MALFORMED = "CREDENTIALS_MALFORMED"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_REVOKED = "KEY_REVOKED"
    KEY_EXPIRED = "KEY_EXPIRED"
    PERSON_INACTIVE = "PERSON_INACTIVE"
    PARTNER_INACTIVE = "PARTNER_INACTIVE"
    CLIENT_INACTIVE = "CLIENT_INACTIVE"
    TOKENS_NOT_ACCEPTED = "TOKENS_NOT_ACCEPTED"
    TOKEN_MALFORMED = "TOKEN_MALFORMED"
    TOKEN_ALGORITHM = "TOKEN_ALGORITHM"
    TOKEN_KEY_UNKNOWN = "TOKEN_KEY_UNKNOWN"
    TOKEN_SIGNATURE = "TOKEN_SIGNATURE"
    TOKEN_CLAIM_MISSING = "TOKEN_CLAIM_MISSING"
    TOKEN_ISSUER = "TOKEN_ISSUER"
    TOKEN_AUDIENCE = "TOKEN_AUDIENCE"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    TOKEN_NOT_YET_VALID = "TOKEN_NOT_YET_VALID"
    TOKEN_SUBJECT_UNKNOWN = "TOKEN_SUBJECT_UNKNOWN"
    ISSUER_UNREACHABLE = "ISSUER_UNREACHABLE"


REMEDIES = {
    Reason.CREDENTIALS_MALFORMED: "Send `Authorization: Bearer <API key or token>`.",
    Reason.KEY_UNKNOWN: "There is no such API key. Check that it was copied in full.",
    Reason.KEY_REVOKED: "This API key was revoked. Ask for a new one.",
    Reason.KEY_EXPIRED: "This API key has expired. Ask for a new one.",
    Reason.PERSON_INACTIVE: "This person's access is not active.",
    Reason.PARTNER_INACTIVE: "This partner's access is not active.",
    Reason.CLIENT_INACTIVE: "This client's access is not active.",
    Reason.TOKENS_NOT_ACCEPTED: "This server takes API keys only, no tokens.",
    Reason.TOKEN_MALFORMED: "This is neither an API key nor a signed token.",
    Reason.TOKEN_ALGORITHM: "The token is signed with an algorithm that is not accepted.",
    Reason.TOKEN_KEY_UNKNOWN: "The token names no key (`kid`) of the issuer.",
    Reason.TOKEN_SIGNATURE: "The token's signature does not fit.",
    Reason.TOKEN_CLAIM_MISSING: "The token needs the claims iss, aud, sub and exp.",
    Reason.TOKEN_ISSUER: "The token comes from another issuer.",
    Reason.TOKEN_AUDIENCE: "The token was made for another service.",
    Reason.TOKEN_EXPIRED: "The token has expired. Get a new one.",
    Reason.TOKEN_NOT_YET_VALID: "The token is not valid yet.",
    Reason.TOKEN_SUBJECT_UNKNOWN: "Nobody here has the token's subject (`sub`).",
    Reason.ISSUER_UNREACHABLE: "The keys of the token issuer cannot be read now. Try again later.",
}


class Unauthenticated(Exception):
    """Credentials were sent and do not let the caller in."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(REMEDIES[reason])
        self.reason = reason


class ActorChanged(Exception):
    """Credentials still let the caller in, but no longer as the actor that a connection began with.

    A person got another role or team, or an app other scopes. It ends the connection, and is told
    to nobody: whoever connects again has its present rights.
    """

    reason = "ACTOR_CHANGED"
