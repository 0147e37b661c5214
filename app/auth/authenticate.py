"""Who is calling: the one way from an `Authorization` value to an actor, on every transport."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from app.auth.actor import PUBLIC, Actor, Admitted, Token
from app.auth.api_keys import PREFIX, admit_key, verified_keys
from app.auth.people import by_subject, by_subjects
from app.auth.refusal import ActorChanged, Reason, Unauthenticated
from app.auth.secrets import server_secret
from app.auth.tokens import TokenVerifier
from app.domain.clock import Clock, real_clock
from app.domain.identity import Role
from app.persistence.database import Database, TookTooLong
from app.persistence.shared_answers import Recent
from app.settings import Settings

RECENT_ACTORS = 10_000
_PUBLIC = Admitted(PUBLIC)

Refusal = Unauthenticated | ActorChanged


class UnknownSubject(Unauthenticated):
    """A valid token whose subject nobody here has. `newcomer` may accept an invitation."""

    def __init__(self, token: Token) -> None:
        super().__init__(Reason.TOKEN_SUBJECT_UNKNOWN)
        newcomer = Actor(Role.NEWCOMER, name="Newcomer", identity=token.identity)
        self.newcomer = Admitted(newcomer, token.expires_at, token)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What it takes to tell who is calling. `secret` is the server's.

    `recent` are the actors who called last: a busy portal does not read its key for each request.
    One whose key is revoked is out at once, or within a second if another process revoked it.
    `longest` is how many seconds it may take to find out; None for as long as it takes.
    """

    database: Database
    clock: Clock
    secret: bytes
    recent: Recent[Admitted]
    tokens: TokenVerifier | None = None
    longest: float | None = None

    async def authenticate(self, authorization: str | None) -> Actor:
        """The actor of `Bearer <API key or token>`; the public without a value.

        Raises as `admit` does.
        """
        return (await self.admit(authorization)).actor

    async def admit(self, authorization: str | None) -> Admitted:
        """The same, with how long it is let in.

        Raises Unauthenticated, with the reason, for a value that does not let the caller in:
        UnknownSubject for a valid token of somebody who is nobody here; TookTooLong.
        """
        if authorization is None:
            return _PUBLIC
        try:
            # Nothing is torn: whoever else asks the same waits on.
            async with asyncio.timeout(self.longest):
                return await self._admit(authorization)
        except TimeoutError as error:
            raise TookTooLong("It took too long to find out who calls.") from error

    async def _admit(self, authorization: str) -> Admitted:
        scheme, _, text = authorization.strip().partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or not text.isascii():
            raise Unauthenticated(Reason.CREDENTIALS_MALFORMED)
        if text.startswith(PREFIX):
            # Under a hash: no key stays in the cache.
            return await self.recent.get(
                blake2b(text.encode()).digest(),
                lambda: admit_key(self.database, self.clock, self.secret, text),
            )
        if self.tokens is None:
            raise Unauthenticated(Reason.TOKENS_NOT_ACCEPTED)
        token = await self.tokens.verify(text)
        subject = token.identity.subject
        try:
            person = await self.recent.get(("subject", subject), lambda: self._person(subject))
        except Unauthenticated as refusal:
            if refusal.reason is not Reason.TOKEN_SUBJECT_UNKNOWN:
                raise
            raise UnknownSubject(token) from refusal
        return Admitted(person.actor, token.expires_at, token)

    async def _person(self, subject: str) -> Admitted:
        return Admitted(await by_subject(self.database, subject, self.clock.now()))

    async def confirm(self, authorization: str | None, actor: Actor) -> None:
        """Raise Unauthenticated if the value lets nobody in now, ActorChanged if another actor."""
        if await self.authenticate(authorization) != actor:
            raise ActorChanged

    async def recheck(self, held: Sequence[Admitted]) -> list[Refusal | None]:
        """For each of those who were let in, why not any more; None for who still is.

        At most two statements for all of them. Nobody of the public may be among them.
        """
        ids = {each.actor.api_key_id for each in held if each.actor.api_key_id}
        subjects = {each.token.identity.subject for each in held if each.token}
        keys = await verified_keys(self.database, self.clock, ids) if ids else {}
        people = await by_subjects(self.database, subjects, self.clock.now()) if subjects else {}
        now = real_clock(self.clock).now()
        return [await self._refusal(each, keys, people, now) for each in held]

    async def _refusal(
        self,
        held: Admitted,
        keys: Mapping[Any, Admitted | Unauthenticated],
        people: Mapping[str, Actor | Unauthenticated],
        now: datetime,
    ) -> Refusal | None:
        found = people[held.token.identity.subject] if held.token else keys[held.actor.api_key_id]
        if isinstance(found, Unauthenticated):
            return found
        if (found.actor if isinstance(found, Admitted) else found) != held.actor:
            return ActorChanged()
        if held.token is None or self.tokens is None:
            return None
        if held.expires_at and held.expires_at <= now:
            return Unauthenticated(Reason.TOKEN_EXPIRED)
        try:
            await self.tokens.confirm(held.token)
        except Unauthenticated as refusal:
            return refusal
        return None


def make_authenticator(settings: Settings, database: Database, clock: Clock) -> Authenticator:
    """The authenticator that the settings describe. Raises ValueError if they are wrong."""
    # People come and go by the time of the service; keys and tokens expire by real time.
    real = real_clock(clock)
    tokens = TokenVerifier(settings, real) if settings.jwt_jwks else None
    recent: Recent[Admitted] = Recent(database, real, RECENT_ACTORS)
    longest = settings.operation_timeout_seconds
    return Authenticator(database, clock, server_secret(settings), recent, tokens, longest)
