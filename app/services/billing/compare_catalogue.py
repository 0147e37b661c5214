"""Comparing a catalogue with the database, section by section."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from app.domain.catalogue.model import BookEntry, Catalogue, PlanEntry
from app.domain.errors import ErrorCode, Problem
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
from app.services.billing.catalogue_difference import Difference
from app.services.vendor.zone import vendor_zone


async def compare(catalogue: Catalogue, at: datetime) -> Difference:
    """Compare a catalogue with the database. `at` is when new price books are written."""
    found = Difference(await vendor_zone())
    # So that what refers to a row is written after it, whatever the file begins with.
    for table in (Plan, TrialTerm, EmployeeBracket, SpokeBundle, PriceBook, Price, BundlePrice):
        found.new[table] = []
    await _plans(found, catalogue)
    sizes = await _brackets(found, catalogue)
    bundles = await _bundles(found, catalogue)
    for index, book in enumerate(catalogue.books):
        await _book(found, book, f"priceBooks[{index}]", at, sizes, bundles)
    await _policies(found, catalogue)
    await _taxes(found, catalogue)
    return found


async def _plans(found: Difference, catalogue: Catalogue) -> None:
    kept = {row.code: row for row in await Plan.all()}
    terms = {(row.plan_id, row.way_in, row.effective_from): row for row in await TrialTerm.all()}
    for index, plan in enumerate(catalogue.plans):
        path = f"plans[{index}]"
        row = Plan(
            code=plan.code,
            rank=plan.code.rank,
            name=plan.name,
            description=plan.description,
            takes_slot=plan.takes_slot,
            starts_subscription=plan.starts_subscription,
        )
        texts = ("name", "description", "takes_slot", "starts_subscription")
        found.entry(kept.get(plan.code), row, (), texts, path)
        if plan.code not in kept:
            found.changes.append(f"Plan {plan.code}.")
        _trials(found, plan, terms, path)


def _trials(found: Difference, plan: PlanEntry, kept: Mapping[Any, TrialTerm], path: str) -> None:
    for index, trial in enumerate(plan.trials):
        key = (plan.code, trial.way_in, trial.effective_from)
        row = TrialTerm(
            plan_id=plan.code,
            way_in=trial.way_in,
            trial_days=trial.days,
            effective_from=trial.effective_from,
        )
        at = f"{path}.trialTerms[{index}]"
        found.entry(kept.get(key), row, ("trial_days",), (), at)
        if key not in kept:
            found.changes.append(
                f"{plan.code}: {trial.days} trial days on {trial.way_in}"
                f" from {found.since(trial.effective_from)}."
            )


async def _brackets(found: Difference, catalogue: Catalogue) -> set[str]:
    kept = {row.code: row for row in await EmployeeBracket.all()}
    rows = dict(kept)
    paths = {}
    for index, bracket in enumerate(catalogue.brackets):
        row = EmployeeBracket(
            code=bracket.code,
            label=bracket.label,
            min_employees=bracket.low,
            max_employees=bracket.high,
        )
        paths[bracket.code] = f"brackets[{index}]"
        rows[bracket.code] = found.entry(
            kept.get(bracket.code),
            row,
            ("min_employees", "max_employees"),
            ("label",),
            paths[bracket.code],
        )
        if bracket.code not in kept:
            found.changes.append(f"Company size {bracket.code}.")
    _check_overlaps(found, list(rows.values()), paths)
    return set(rows)


def _check_overlaps(
    found: Difference, rows: list[EmployeeBracket], paths: Mapping[str, str]
) -> None:
    rows.sort(key=lambda row: row.min_employees)
    for one, other in pairwise(rows):
        if one.max_employees is None or other.min_employees < one.max_employees:
            path = paths.get(other.code) or paths.get(one.code) or "brackets"
            message = f"{path}: the sizes {one.code} and {other.code} overlap. Correct one."
            found.problems.append(Problem(ErrorCode.CONFLICT, message, ("text",)))


async def _bundles(found: Difference, catalogue: Catalogue) -> set[str]:
    kept = {row.code: row for row in await SpokeBundle.all()}
    for index, bundle in enumerate(catalogue.bundles):
        row = SpokeBundle(code=bundle.code, name=bundle.name, slots=bundle.slots)
        found.entry(kept.get(bundle.code), row, ("slots",), ("name",), f"bundles[{index}]")
        if bundle.code not in kept:
            found.changes.append(f"Bundle {bundle.code} of {bundle.slots} slots.")
    return {*kept, *(bundle.code for bundle in catalogue.bundles)}


async def _book(
    found: Difference,
    entry: BookEntry,
    path: str,
    at: datetime,
    sizes: set[str],
    bundles: set[str],
) -> None:
    kept = await PriceBook.get_or_none(
        currency_code=entry.currency, effective_from=entry.effective_from
    )
    new = PriceBook(
        currency_code=entry.currency,
        name=entry.name,
        effective_from=entry.effective_from,
        advisor_fee_minor=entry.advisor_fee,
        created_at=at,
    )
    book = found.entry(kept, new, ("advisor_fee_minor",), ("name",), path)
    prices = {
        (row.plan_id, row.interval, row.bracket_id): row
        for row in await Price.filter(price_book_id=book.id)
    }
    for key, minor in entry.prices.items():
        plan, interval, size = key
        price = Price(
            price_book_id=book.id,
            plan_id=plan,
            interval=interval,
            bracket_id=size,
            amount_minor=minor,
        )
        place = f"{path}.prices.{'.'.join(key)}"
        if size not in sizes:
            found.unknown(place, "company size")
        found.entry(prices.get(key), price, ("amount_minor",), (), place)
    in_bundles = {row.bundle_id: row for row in await BundlePrice.filter(price_book_id=book.id)}
    for code, minor in entry.bundles.items():
        bundle = BundlePrice(price_book_id=book.id, bundle_id=code, amount_minor=minor)
        if code not in bundles:
            found.unknown(f"{path}.bundles.{code}", "bundle")
        found.entry(in_bundles.get(code), bundle, ("amount_minor",), (), f"{path}.bundles.{code}")
    fresh = len(entry.prices.keys() - prices.keys()) + len(entry.bundles.keys() - in_bundles.keys())
    if fresh or kept is None:
        found.changes.append(
            f"Price book {entry.currency} from {found.since(entry.effective_from)}: {fresh} prices."
        )


async def _policies(found: Difference, catalogue: Catalogue) -> None:
    kept = {row.effective_from: row for row in await BillingPolicy.all()}
    for index, entry in enumerate(catalogue.policies):
        values = {
            "advisor_fee_rule": entry.advisor_fee_rule,
            "rate_lock": entry.rate_lock,
            "content_cut": entry.content_cut,
            "payment_days": entry.payment_days,
            "invitation_days": entry.invitation_days,
            "return_slot_on_archive": entry.return_slot_on_archive,
            "trial_scope": entry.trial_scope,
        }
        row = BillingPolicy(effective_from=entry.effective_from, **values)
        before = kept.get(entry.effective_from)
        found.entry(before, row, list(values), (), f"billingPolicies[{index}]")
        if before is None:
            found.changes.append(f"Billing policy from {found.since(entry.effective_from)}.")


async def _taxes(found: Difference, catalogue: Catalogue) -> None:
    kept = {(row.country, row.effective_from): row for row in await TaxRule.all()}
    for index, entry in enumerate(catalogue.taxes):
        values = {
            "label": entry.label,
            "rate": entry.rate,
            "reverse_charge_note": entry.reverse_charge_note,
        }
        row = TaxRule(country=entry.country, effective_from=entry.effective_from, **values)
        before = kept.get((entry.country, entry.effective_from))
        found.entry(before, row, list(values), (), f"taxRules[{index}]")
        if before is None:
            found.changes.append(
                f"Tax in {entry.country} from {found.since(entry.effective_from)}: {entry.label}."
            )
