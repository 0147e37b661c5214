"""Who calls: the actor that every read and every use case is done for."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from app.domain.identity import Role, Scope


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token names: its subject, and the e-mail if the issuer says that it was verified."""

    subject: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A valid token: whom it names, until when it is taken, and the issuer's key that signed it."""

    identity: Identity
    expires_at: datetime | None
    kid: str
    key: Any = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller, or the public.

    `user_id` is the vendor user, advisor or client user; none for an APP or the public. An APP of
    the vendor has no partner. `scopes` limits an APP; it is None for people. `identity` is that of
    a NEWCOMER, who has nothing else.
    """

    role: Role
    user_id: UUID | None = None
    partner_id: UUID | None = None
    client_id: UUID | None = None
    api_key_id: UUID | None = None
    scopes: frozenset[Scope] | None = None
    name: str = ""
    identity: Identity | None = None

    @property
    def is_vendor(self) -> bool:
        """True for the vendor's people and the vendor's own apps."""
        return self.role in (Role.VENDOR_ADMIN, Role.VENDOR_ANALYST) or (
            self.role is Role.APP and self.partner_id is None
        )

    @property
    def key(self) -> str:
        """What idempotency keys are kept under: the person, else the key that called."""
        if self.identity:
            subject = blake2b(self.identity.subject.encode(), digest_size=16).hexdigest()
            return f"{self.role}:{subject}"
        return f"{self.role}:{self.user_id or self.api_key_id or ''}"


PUBLIC = Actor(role=Role.PUBLIC, name="Public")


@dataclass(frozen=True, slots=True)
class Admitted:
    """An actor who was let in, until when (None: for ever), and the token that did it, if one did.

    The first moment at which it is not let in any more is `expires_at`.
    """

    actor: Actor
    expires_at: datetime | None = None
    token: Token | None = None
