"""Write a catalogue as a file that `read_catalogue` reads back to an equal one.

Times are written in full, in UTC, so that they do not depend on the vendor's time zone.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.catalogue.model import (
    BookEntry,
    BracketEntry,
    Catalogue,
    PlanEntry,
    PolicyEntry,
    TaxEntry,
)
from app.domain.money import Money
from app.domain.programs.program_text import yaml_of
from app.domain.programs.times import moment_text


def catalogue_yaml(catalogue: Catalogue) -> str:
    """Return the catalogue as YAML, always the same text for the same catalogue."""
    sections = {
        "plans": [_plan(plan) for plan in catalogue.plans],
        "brackets": [_bracket(bracket) for bracket in catalogue.brackets],
        "bundles": [
            {"code": bundle.code, "name": bundle.name, "slots": bundle.slots}
            for bundle in catalogue.bundles
        ],
        "priceBooks": [_book(book) for book in catalogue.books],
        "billingPolicies": [_policy(policy) for policy in catalogue.policies],
        "taxRules": [_tax(tax) for tax in catalogue.taxes],
    }
    return yaml_of({name: entries for name, entries in sections.items() if entries})


def _plan(plan: PlanEntry) -> dict[str, Any]:
    trials = [
        {
            "wayIn": trial.way_in.value,
            "days": trial.days,
            "effectiveFrom": moment_text(trial.effective_from),
        }
        for trial in plan.trials
    ]
    return {
        "code": plan.code.value,
        "name": plan.name,
        **({"description": plan.description} if plan.description else {}),
        "takesSlot": plan.takes_slot,
        "startsSubscription": plan.starts_subscription,
        **({"trialTerms": trials} if trials else {}),
    }


def _bracket(bracket: BracketEntry) -> dict[str, Any]:
    below = {} if bracket.high is None else {"below": bracket.high}
    return {"code": bracket.code, "label": bracket.label, "from": bracket.low, **below}


def _book(book: BookEntry) -> dict[str, Any]:
    prices: dict[str, dict[str, dict[str, Any]]] = {}
    for (plan, interval, size), minor in book.prices.items():
        by_size = prices.setdefault(plan.value, {}).setdefault(interval.value, {})
        by_size[size] = _amount(minor, book.currency)
    bundles = {code: _amount(minor, book.currency) for code, minor in book.bundles.items()}
    fee = None if book.advisor_fee is None else _amount(book.advisor_fee, book.currency)
    return {
        "currency": book.currency,
        "name": book.name,
        "effectiveFrom": moment_text(book.effective_from),
        **({} if fee is None else {"advisorFee": fee}),
        **({"prices": prices} if prices else {}),
        **({"bundles": bundles} if bundles else {}),
    }


def _policy(policy: PolicyEntry) -> dict[str, Any]:
    return {
        "effectiveFrom": moment_text(policy.effective_from),
        "advisorFeeRule": policy.advisor_fee_rule.value,
        "rateLock": policy.rate_lock.value,
        "contentCut": _share(policy.content_cut),
        "paymentDays": policy.payment_days,
        "invitationDays": policy.invitation_days,
        "returnSlotOnArchive": policy.return_slot_on_archive,
        "trialScope": policy.trial_scope.value,
    }


def _tax(tax: TaxEntry) -> Mapping[str, Any]:
    note = {"reverseChargeNote": tax.reverse_charge_note} if tax.reverse_charge_note else {}
    return {
        "country": tax.country,
        "label": tax.label,
        "rate": _share(tax.rate),
        "effectiveFrom": moment_text(tax.effective_from),
        **note,
    }


def _amount(minor: int, currency: str) -> int | str:
    """Return whole amounts as numbers, others as text, which is exact."""
    exact = Money(minor, currency).decimal
    return int(exact) if exact == int(exact) else str(exact)


def _share(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
