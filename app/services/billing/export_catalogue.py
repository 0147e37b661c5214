"""The catalogue in the database as a catalogue file has it: nothing is lost on the way back."""

from uuid import UUID

from app.domain.catalogue.model import (
    BookEntry,
    BracketEntry,
    BundleEntry,
    Catalogue,
    PlanEntry,
    PolicyEntry,
    PriceKey,
    TaxEntry,
    TrialEntry,
)
from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import BillingInterval, PlanCode, TrialScope, WayIn
from app.persistence.models import (
    BillingPolicy,
    BundlePrice,
    EmployeeBracket,
    Plan,
    Price,
    PriceBook,
    SpokeBundle,
    TaxRule,
    TrialTerm,
)


async def export_catalogue() -> Catalogue:
    """All that was imported, each section in a fixed order. Only reads."""
    return Catalogue(
        plans=await _plans(),
        brackets=tuple(
            BracketEntry(row.code, row.label, row.min_employees, row.max_employees)
            for row in await EmployeeBracket.all().order_by("min_employees")
        ),
        bundles=tuple(
            BundleEntry(row.code, row.name, row.slots)
            for row in await SpokeBundle.all().order_by("slots", "code")
        ),
        books=await _books(),
        policies=tuple(
            PolicyEntry(
                row.effective_from,
                AdvisorFeeRule(row.advisor_fee_rule),
                RateLock(row.rate_lock),
                row.content_cut,
                row.payment_days,
                row.invitation_days,
                row.return_slot_on_archive,
                TrialScope(row.trial_scope),
            )
            for row in await BillingPolicy.all().order_by("effective_from")
        ),
        taxes=tuple(
            TaxEntry(row.country, row.label, row.rate, row.effective_from, row.reverse_charge_note)
            for row in await TaxRule.all().order_by("country", "effective_from")
        ),
    )


async def _plans() -> tuple[PlanEntry, ...]:
    trials: dict[str, list[TrialEntry]] = {}
    for term in await TrialTerm.all().order_by("way_in", "effective_from"):
        entry = TrialEntry(WayIn(term.way_in), term.trial_days, term.effective_from)
        trials.setdefault(term.plan_id, []).append(entry)
    return tuple(
        PlanEntry(
            PlanCode(row.code),
            row.name,
            row.description,
            row.takes_slot,
            row.starts_subscription,
            tuple(trials.get(row.code, ())),
        )
        for row in await Plan.all().order_by("rank")
    )


async def _books() -> tuple[BookEntry, ...]:
    sizes = await EmployeeBracket.all().order_by("min_employees")
    place = {size.code: position for position, size in enumerate(sizes)}
    prices: dict[UUID, dict[PriceKey, int]] = {}
    for price in sorted(
        await Price.all(), key=lambda row: (row.plan_id, row.interval, place[row.bracket_id])
    ):
        key = (PlanCode(price.plan_id), BillingInterval(price.interval), price.bracket_id)
        prices.setdefault(price.price_book_id, {})[key] = price.amount_minor
    bundles: dict[UUID, dict[str, int]] = {}
    for bundle in await BundlePrice.all().order_by("bundle_id"):
        bundles.setdefault(bundle.price_book_id, {})[bundle.bundle_id] = bundle.amount_minor
    return tuple(
        BookEntry(
            row.currency_code,
            row.name,
            row.effective_from,
            row.advisor_fee_minor,
            prices.get(row.id, {}),
            bundles.get(row.id, {}),
        )
        for row in await PriceBook.all().order_by("currency_code", "effective_from")
    )
