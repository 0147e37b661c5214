"""What all demo partners share: the vendor's people, catalogue, program and open library."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demo.program_evaluation import ProgramEngine
from app.domain.content import ContentKind
from app.domain.plans import BillingInterval, Bracket, PlanCode, WayIn
from app.domain.programs.benefits import GivenBenefit


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscription costs, from the price book in force when it starts."""

    price_id: UUID
    amount_minor: int
    interval: BillingInterval


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Brackets, prices and trial terms, as imported. What is dated has the newest first."""

    brackets: Sequence[Bracket]
    # Currency: (effective from, (plan, bracket, interval): (price id, amount in minor units)).
    books: Mapping[str, Sequence[tuple[datetime, Mapping[tuple[str, str, str], tuple[UUID, int]]]]]
    # Currency: (effective from, (price book id, bundle: amount in minor units)).
    bundles: Mapping[str, Sequence[tuple[datetime, UUID, Mapping[str, int]]]]
    # (plan, way in): (effective from, days).
    trials: Mapping[tuple[str, str], Sequence[tuple[datetime, int]]]

    def terms(
        self, currency: str, plan: PlanCode, bracket: str, interval: BillingInterval, at: datetime
    ) -> Terms | None:
        """The price in force at a moment, if the plan is sold at that size and interval."""
        prices = next(book for since, book in self.books[currency] if since <= at)
        found = prices.get((plan, bracket, interval))
        return Terms(*found, interval) if found else None

    def bundle(self, currency: str, code: str, at: datetime) -> tuple[UUID, int]:
        """The price book in force at a moment, and what a bundle costs by it."""
        book, amounts = next(
            (id, amounts) for since, id, amounts in self.bundles[currency] if since <= at
        )
        return book, amounts[code]

    def trial_days(self, plan: PlanCode, way_in: WayIn, at: datetime) -> int:
        """The trial days in force at a moment."""
        dated = self.trials.get((plan, way_in), ())
        return next((days for since, days in dated if since <= at), 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One tier of the ladder, with what it gives."""

    id: UUID
    key: str
    rank: int
    gives: tuple[GivenBenefit, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A tier program in force, its ladder by rank. `engine` evaluates it."""

    id: UUID
    key: str
    version_id: UUID
    checksum: str
    ladder: Mapping[int, Step]
    engine: ProgramEngine


@dataclass(frozen=True, slots=True)
class Version:
    """A version that was published, and is in use until it is retired."""

    id: UUID
    number: int
    published_at: datetime
    retired: bool


@dataclass(slots=True)
class Item:
    """A content item, open or a partner's own, with its published versions, oldest first."""

    id: UUID
    kind: ContentKind
    title: str
    description: str
    tags: list[str]
    tiers: list[str]
    versions: list[Version]
    groups: Sequence[str] = ()
    # What a partner asks for it, in minor units of its currency; None for what it does not sell.
    price_minor: int | None = None

    def is_for(self, tier: str | None, groups: Collection[str]) -> bool:
        """Whether a partner in a tier and some groups may adopt it."""
        if not self.tiers and not self.groups:
            return True
        return tier in self.tiers or any(key in groups for key in self.groups)

    def usable(self, at: datetime) -> Version | None:
        """The newest version that was out at a moment and is not retired."""
        out = [v for v in self.versions if v.published_at <= at and not v.retired]
        return out[-1] if out else None


@dataclass(frozen=True)
class SharedData:
    """Everything a demo partner is made from. `start` is when history begins."""

    seed: int
    start: datetime
    now: datetime
    zone: ZoneInfo
    home_currency: str
    admins: Sequence[UUID]
    managers: Sequence[UUID]
    catalogue: Catalogue
    # How long an invitation is valid.
    invitation_days: int
    # The vendor's part of what partners sell their content for.
    content_cut: Decimal
    # The vendor's groups of partners: key and id.
    groups: Mapping[str, UUID]
    # The vendor's own program, and a second one beside it.
    program: Program
    revenue_program: Program
    open_items: Sequence[Item] = field(default_factory=list)

    def currency(self, wanted: str) -> str:
        """The wanted currency if there are prices in it, else the vendor's own."""
        return wanted if wanted in self.catalogue.books else self.home_currency


def between(random: Random, start: datetime, end: datetime) -> datetime:
    """A moment from `start` up to `end`, in whole milliseconds; `start` if there is no time."""
    milliseconds = max(0, int((end - start).total_seconds() * 1000))
    return start + timedelta(milliseconds=int(random.random() * milliseconds))
