"""Data shared by all demo partners: the vendor's people, catalogue, program and open library."""

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
    """The price of a subscription, from the price book in force at its start."""

    price_id: UUID
    amount_minor: int
    interval: BillingInterval


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Company sizes, prices and trial terms, as imported. Dated entries are newest first."""

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
        """Return the price in force at a time, if the plan is sold at that size and interval."""
        prices = next(book for since, book in self.books[currency] if since <= at)
        found = prices.get((plan, bracket, interval))
        return Terms(*found, interval) if found else None

    def bundle(self, currency: str, code: str, at: datetime) -> tuple[UUID, int]:
        """Return the price book in force at a time, and its price of a bundle."""
        book, amounts = next(
            (id, amounts) for since, id, amounts in self.bundles[currency] if since <= at
        )
        return book, amounts[code]

    def trial_days(self, plan: PlanCode, way_in: WayIn, at: datetime) -> int:
        """Return the trial days in force at a time."""
        dated = self.trials.get((plan, way_in), ())
        return next((days for since, days in dated if since <= at), 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One tier of a program, with its benefits."""

    id: UUID
    key: str
    rank: int
    gives: tuple[GivenBenefit, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A tier program in force, with its tiers by rank. `engine` evaluates it."""

    id: UUID
    key: str
    version_id: UUID
    checksum: str
    ladder: Mapping[int, Step]
    engine: ProgramEngine


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, in use until it is retired."""

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
    # The partner's price, in minor units of its currency; None if it is not for sale.
    price_minor: int | None = None

    def is_for(self, tier: str | None, groups: Collection[str]) -> bool:
        """Return whether a partner in a tier and some groups may adopt it."""
        if not self.tiers and not self.groups:
            return True
        return tier in self.tiers or any(key in groups for key in self.groups)

    def usable(self, at: datetime) -> Version | None:
        """Return the newest version that was published at a time and is not retired."""
        out = [v for v in self.versions if v.published_at <= at and not v.retired]
        return out[-1] if out else None


@dataclass(frozen=True)
class SharedData:
    """Everything that demo partners are created from. `start` is when history begins."""

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
    # The vendor's part of partners' content sales.
    content_cut: Decimal
    # The vendor's groups of partners: key and id.
    groups: Mapping[str, UUID]
    # The vendor's main program, and a second one.
    program: Program
    revenue_program: Program
    open_items: Sequence[Item] = field(default_factory=list)

    def currency(self, wanted: str) -> str:
        """Return the currency if there are prices in it, else the vendor's own."""
        return wanted if wanted in self.catalogue.books else self.home_currency


def between(random: Random, start: datetime, end: datetime) -> datetime:
    """Return a random time from `start` up to `end`, in whole milliseconds; `start` if there is
    none.
    """
    milliseconds = max(0, int((end - start).total_seconds() * 1000))
    return start + timedelta(milliseconds=int(random.random() * milliseconds))
