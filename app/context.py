"""What a resolver needs: the process's runtime, and for whom this request is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from app.auth.actor import Actor
from app.auth.invitation_tokens import InvitationTokens
from app.auth.policy import Action, Decision, decide
from app.auth.signed_urls import UrlSigner
from app.auth.webhook_secrets import WebhookSecrets
from app.budgets import Tab
from app.domain.clock import Clock
from app.domain.identity import Role
from app.events.stream import EventStream
from app.persistence.database import Database
from app.reads.budget import Budget
from app.reads.plans import Plans
from app.reads.reader import Reader
from app.reads.sources import Catalogue
from app.services.use_case import Caller
from app.settings import Settings


@dataclass(slots=True)
class Runtime:
    """What lives as long as the process. `catalogue` says where types are read from.

    Without a `secret`, the server's, its signed addresses and tokens open nowhere.
    """

    settings: Settings
    database: Database
    clock: Clock
    catalogue: Catalogue = field(default_factory=dict)
    stream: EventStream | None = None
    secret: bytes = field(default_factory=lambda: token_bytes(32), repr=False)
    plans: Plans = field(init=False)
    urls: UrlSigner = field(init=False)
    invitations: InvitationTokens = field(init=False)
    webhooks: WebhookSecrets = field(init=False)

    def __post_init__(self) -> None:
        self.plans = Plans(self.catalogue, self.database.dialect)
        self.invitations = InvitationTokens(self.secret)
        self.webhooks = WebhookSecrets(self.secret)
        self.urls = UrlSigner(self.secret, self.settings.link_seconds)


@dataclass(slots=True)
class Context:
    """One request, or one operation of a WebSocket, from a network address if that is known.

    `tab` is for the past events that a subscription asks for.
    """

    runtime: Runtime
    actor: Actor
    correlation_id: str
    budget: Budget = field(default_factory=Budget)
    address: str = ""
    tab: Tab | None = None

    @property
    def spender(self) -> str:
        """Whose budget an operation is charged to: the actor's, for the public its address's."""
        key = self.actor.key
        return f"{key}{self.address}" if self.actor.role is Role.PUBLIC else key

    @property
    def caller(self) -> Caller:
        """The caller that services run for."""
        runtime = self.runtime
        return Caller(
            self.actor,
            runtime.database,
            runtime.clock,
            self.correlation_id,
            runtime.settings.clock_tolerance,
        )

    @property
    def reads(self) -> Reader:
        """The planned reads, scoped to the actor."""
        runtime = self.runtime
        now = runtime.clock.now()
        return Reader(
            runtime.database, runtime.plans, self.actor, now, self.budget, self.sign_at(now)
        )

    def sign_at(self, now: datetime) -> Callable[[str], str]:
        """What turns a path of the service into an address that opens for a short time from now."""
        return lambda path: self.runtime.urls.sign(path, now)

    def can(self, action: Action) -> Decision:
        """What the policy table says."""
        return decide(self.actor, action)
