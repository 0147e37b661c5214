"""Who is calling: the one way from an `Authorization` value to an actor, on every transport."""

from dataclasses import dataclass
from hashlib import blake2b

from app.auth.actor import PUBLIC, Actor, Identity
from app.auth.api_keys import PREFIX, verify_key
from app.auth.people import by_subject
from app.auth.refusal import ActorChanged, Reason, Unauthenticated
from app.auth.secrets import server_secret
from app.auth.tokens import TokenVerifier
from app.domain.clock import Clock, real_clock
from app.domain.identity import Role
from app.persistence.database import Database
from app.persistence.recent import Recent
from app.settings import Settings

RECENT_ACTORS = 10_000


class UnknownSubject(Unauthenticated):
    """A valid token whose subject nobody here has. `newcomer` may accept an invitation."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(Reason.TOKEN_SUBJECT_UNKNOWN)
        self.newcomer = Actor(Role.NEWCOMER, name="Newcomer", identity=identity)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What it takes to tell who is calling. `secret` is the server's.

    `recent` are the actors who called last: a busy portal does not read its key for each request.
    One whose key is revoked is out at once, or within a second if another process revoked it.
    """

    database: Database
    clock: Clock
    secret: bytes
    recent: Recent[Actor]
    tokens: TokenVerifier | None = None

    async def authenticate(self, authorization: str | None) -> Actor:
        """The actor of `Bearer <API key or token>`; the public without a value.

        Raises Unauthenticated, with the reason, for a value that does not let the caller in:
        UnknownSubject for a valid token of somebody who is nobody here.
        """
        if authorization is None:
            return PUBLIC
        scheme, _, text = authorization.strip().partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or not text.isascii():
            raise Unauthenticated(Reason.CREDENTIALS_MALFORMED)
        if text.startswith(PREFIX):
            # Under a hash: no key stays in the cache.
            return await self.recent.get(
                blake2b(text.encode()).digest(),
                lambda: verify_key(self.database, self.clock, self.secret, text),
            )
        if self.tokens is None:
            raise Unauthenticated(Reason.TOKENS_NOT_ACCEPTED)
        identity = await self.tokens.identity(text)
        try:
            return await self.recent.get(
                ("subject", identity.subject),
                lambda: by_subject(self.database, identity.subject, self.clock.now()),
            )
        except Unauthenticated as refusal:
            if refusal.reason is not Reason.TOKEN_SUBJECT_UNKNOWN:
                raise
            raise UnknownSubject(identity) from refusal

    async def confirm(self, authorization: str | None, actor: Actor) -> None:
        """Raise Unauthenticated if the value lets nobody in now, ActorChanged if another actor."""
        if await self.authenticate(authorization) != actor:
            raise ActorChanged


def make_authenticator(settings: Settings, database: Database, clock: Clock) -> Authenticator:
    """The authenticator that the settings describe. Raises ValueError if they are wrong."""
    # People come and go by the time of the service; keys and tokens expire by real time.
    real = real_clock(clock)
    tokens = TokenVerifier(settings, real) if settings.jwt_jwks else None
    recent: Recent[Actor] = Recent(database, real, RECENT_ACTORS)
    return Authenticator(database, clock, server_secret(settings), recent, tokens)
