"""What resolvers need: the runtime of the process, and the context of one request."""

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
    """Everything that lives as long as the process. `catalogue` maps types to their sources.

    `secret` is the server's. Without one, a random secret is used: signed URLs and tokens are then
    valid in this process only.
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
    """The context of one request, or of one operation over a WebSocket. `address` is empty if the
    network address is not known.

    `tab` pays for the past events that a subscription requests.
    """

    runtime: Runtime
    actor: Actor
    correlation_id: str
    budget: Budget = field(default_factory=Budget)
    address: str = ""
    tab: Tab | None = None

    @property
    def spender(self) -> str:
        """The key of the budget to charge: the actor's, or for the public one per address."""
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
        """Return a function that signs a path of the service, giving a URL that is valid for a
        short time.
        """
        return lambda path: self.runtime.urls.sign(path, now)

    def can(self, action: Action) -> Decision:
        """Return the decision of the policy table."""
        return decide(self.actor, action)
