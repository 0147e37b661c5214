"""What the vendor's data says about billing: policies, price books and taxes, all dates at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from app.domain.errors import ErrorCode, refuse
from app.domain.invoicing.taxes import TaxTerms
from app.domain.terms import period_bounds
from app.persistence.models import BillingPolicy, PriceBook, TaxRule, Vendor


class _Dated(Protocol):
    effective_from: datetime


D = TypeVar("D", bound=_Dated)


@dataclass(frozen=True, slots=True)
class BillingRules:
    """The vendor, and its dated rows, the earliest first. Few enough to be read as a whole."""

    vendor: Vendor
    policies: list[BillingPolicy]
    books: list[PriceBook]
    taxes: list[TaxRule]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of periods."""
        return ZoneInfo(self.vendor.time_zone)

    def bounds(self, period: str) -> tuple[datetime, datetime]:
        """When a period begins, and when the next one does."""
        return period_bounds(period, self.zone)

    def policy_at(self, moment: datetime) -> BillingPolicy:
        """The policy in force. Raises Refused with NO_POLICY."""
        policy = _in_force(self.policies, moment)
        if policy is None:
            raise refuse(
                ErrorCode.NO_POLICY,
                f"No billing policy is in force at {moment:%Y-%m-%d}. Import one with the"
                " catalogue.",
            )
        return policy

    def policy_of(self, period: str) -> BillingPolicy:
        """The policy that a whole period goes by: that of its beginning, else its first one.

        Raises Refused with NO_POLICY.
        """
        start, end = self.bounds(period)
        within = [each for each in self.policies if start < each.effective_from < end]
        return _in_force(self.policies, start) or (within[0] if within else self.policy_at(end))

    def book_at(self, currency: str, moment: datetime) -> PriceBook | None:
        """The price book of a currency that is in force; None if there is none."""
        return _in_force((book for book in self.books if book.currency_code == currency), moment)

    def tax_terms(self, country: str | None, moment: datetime) -> TaxTerms | None:
        """The tax on invoices to a country; None if there is none."""
        rule = _in_force((rule for rule in self.taxes if rule.country == country), moment)
        if rule is None:
            return None
        return TaxTerms(rule.country, rule.label, rule.rate, rule.reverse_charge_note)


def _in_force(rows: Iterable[D], moment: datetime) -> D | None:
    begun = [row for row in rows if row.effective_from <= moment]
    return begun[-1] if begun else None


async def load_rules() -> BillingRules:
    """Everything there is. Raises Refused with NOT_FOUND if nothing was set up yet."""
    vendor = await Vendor.first()
    if vendor is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no vendor yet: set the service up first.")
    return BillingRules(
        vendor,
        await BillingPolicy.all().order_by("effective_from"),
        await PriceBook.all().order_by("effective_from"),
        await TaxRule.all().order_by("effective_from"),
    )
