"""Reading a catalogue from its file, YAML or JSON; `?` marks a key that may be left out.

plans?:
  - code: FREE | ASSESSMENT_ONLY | FULL_FEATURE
    name: Free
    description?: text
    takesSlot: false
    startsSubscription: false
    trialTerms?: [{wayIn: CREATE | UPGRADE, days: 14, effectiveFrom: 2026-01-31}]
brackets?: [{code: "1-10", label: 1–10 employees, from: 1, below?: 11}]
bundles?: [{code: SLOTS-10, name: 10 assessment slots, slots: 10}]
priceBooks?:                    amounts: `99`, or `"99.50"` in quotes, in major units
  - currency: USD
    name: US dollar list prices
    effectiveFrom: 2026-01-31   a date (its midnight in the vendor's time zone), or a moment with
                                an offset from UTC
    advisorFee?: 49             a month, for each active advisor
    prices?: {FULL_FEATURE: {MONTH | YEAR: {"1-10": 99}}}
    bundles?: {SLOTS-10: 900}
billingPolicies?:
  - effectiveFrom: 2026-01-31
    advisorFeeRule: ANY_TIME | END_OF_PERIOD
    rateLock: AT_CONTRACT_START | FLOATING
    contentCut: "0.15"
    paymentDays: 30
    invitationDays: 14
    returnSlotOnArchive: false
    trialScope?: PER_CLIENT | PER_PARTNER | PER_CUSTOMER, which is the default
taxRules?: [{country: GB, label: VAT, rate: "0.20", effectiveFrom: 2026-01-31,
             reverseChargeNote?: text}]
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from functools import partial
from typing import TypeVar

from app.domain.catalogue.books import read_book
from app.domain.catalogue.model import (
    BracketEntry,
    BundleEntry,
    Catalogue,
    PlanEntry,
    PolicyEntry,
    TaxEntry,
    TrialEntry,
)
from app.domain.catalogue.readers import (
    MAX_DAYS,
    SIZES,
    bracket_code,
    bundle_code,
    country,
    distinct,
    rows,
    share,
    yes_or_no,
)
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import PlanCode, TrialScope, WayIn
from app.domain.programs import problems as places
from app.domain.programs.location import Place, Reader, members, read
from app.domain.programs.problems import ProblemKind, ProgramError
from app.domain.programs.readers import choice, text, whole
from app.domain.programs.source import read_source
from app.domain.programs.times import moment_in

T = TypeVar("T")
_SECTIONS = ("plans", "brackets", "bundles", "priceBooks", "billingPolicies", "taxRules")
_MOST_TOLD = 100


def read_catalogue(source: str, zone: tzinfo) -> Catalogue:
    """Read a catalogue from its text. A date in it is midnight in the vendor's `zone`.

    Periods and terms begin at that midnight, so that a price dated the first of a month is the
    price of that month.

    Raises Refused with all problems: INVALID at `text`, with line and path in the message.
    """
    try:
        file = read_source(source)
    except ProgramError as error:
        raise _refused(error.problems) from None
    found: list[places.Problem] = []
    catalogue = _catalogue(Place(file.data, "", found), moment_in(zone))
    if found:
        raise _refused([file.located(problem) for problem in found])
    return catalogue


def _refused(problems: Iterable[places.Problem]) -> Refused:
    return Refused(
        [
            Problem(
                ErrorCode.INVALID,
                f"Line {each.line}, {each.path or 'file'}: {each.message} {each.remedy}",
                ("text",),
            )
            for each in list(problems)[:_MOST_TOLD]
        ]
    )


def _catalogue(place: Place, moment: Reader[datetime]) -> Catalogue:
    keys = members(place, (), _SECTIONS)
    plans = rows(keys.get("plans"), partial(_plan, moment=moment))
    brackets = rows(keys.get("brackets"), _bracket)
    bundles = rows(keys.get("bundles"), _bundle)
    books = rows(keys.get("priceBooks"), partial(read_book, moment=moment))
    policies = rows(keys.get("billingPolicies"), partial(_policy, moment=moment))
    taxes = rows(keys.get("taxRules"), partial(_tax, moment=moment))
    distinct(plans, lambda plan: plan.code)
    distinct(brackets, lambda bracket: bracket.code)
    distinct(bundles, lambda bundle: bundle.code)
    distinct(books, lambda book: (book.currency, book.effective_from))
    distinct(policies, lambda policy: policy.effective_from)
    distinct(taxes, lambda tax: (tax.country, tax.effective_from))
    return Catalogue(
        plans=_entries(plans),
        brackets=_entries(brackets),
        bundles=_entries(bundles),
        books=_entries(books),
        policies=_entries(policies),
        taxes=_entries(taxes),
    )


def _entries(found: Iterable[tuple[Place, T]]) -> tuple[T, ...]:
    return tuple(entry for _, entry in found)


def _plan(place: Place, *, moment: Reader[datetime]) -> PlanEntry | None:
    keys = members(
        place,
        ["code", "name", "takesSlot", "startsSubscription"],
        ["description", "trialTerms"],
    )
    code = read(keys.get("code"), choice(PlanCode))
    name = read(keys.get("name"), text(80))
    takes = read(keys.get("takesSlot"), yes_or_no)
    starts = read(keys.get("startsSubscription"), yes_or_no)
    description = read(keys.get("description"), text(2000)) or ""
    trials = rows(keys.get("trialTerms"), partial(_trial, moment=moment))
    distinct(trials, lambda trial: (trial.way_in, trial.effective_from))
    if code is None or name is None or takes is None or starts is None:
        return None
    return PlanEntry(code, name, description, takes, starts, _entries(trials))


def _trial(place: Place, *, moment: Reader[datetime]) -> TrialEntry | None:
    keys = members(place, ["wayIn", "days", "effectiveFrom"])
    way_in = read(keys.get("wayIn"), choice(WayIn))
    days = read(keys.get("days"), whole(0, MAX_DAYS))
    since = read(keys.get("effectiveFrom"), moment)
    if way_in is None or days is None or since is None:
        return None
    return TrialEntry(way_in, days, since)


def _bracket(place: Place) -> BracketEntry | None:
    keys = members(place, ["code", "label", "from"], ["below"])
    code = read(keys.get("code"), bracket_code)
    label = read(keys.get("label"), text(40))
    low = read(keys.get("from"), whole(1, SIZES))
    high = read(keys.get("below"), whole(2, SIZES))
    if code is None or label is None or low is None or (high is None and "below" in keys):
        return None
    if high is not None and high <= low:
        keys["below"].wrong(
            ProblemKind.OUT_OF_RANGE, f"{high} is not above {low}.", "Give a larger number."
        )
    return BracketEntry(code, label, low, high)


def _bundle(place: Place) -> BundleEntry | None:
    keys = members(place, ["code", "name", "slots"])
    code = read(keys.get("code"), bundle_code)
    name = read(keys.get("name"), text(80))
    slots = read(keys.get("slots"), whole(1, SIZES))
    return None if code is None or name is None or slots is None else BundleEntry(code, name, slots)


def _policy(place: Place, *, moment: Reader[datetime]) -> PolicyEntry | None:
    wanted = ["effectiveFrom", "advisorFeeRule", "rateLock", "contentCut", "paymentDays"]
    keys = members(place, [*wanted, "invitationDays", "returnSlotOnArchive"], ["trialScope"])
    since = read(keys.get("effectiveFrom"), moment)
    rule = read(keys.get("advisorFeeRule"), choice(AdvisorFeeRule))
    lock = read(keys.get("rateLock"), choice(RateLock))
    cut = read(keys.get("contentCut"), share)
    payment = read(keys.get("paymentDays"), whole(0, MAX_DAYS))
    invitation = read(keys.get("invitationDays"), whole(1, MAX_DAYS))
    returns = read(keys.get("returnSlotOnArchive"), yes_or_no)
    scope = read(keys.get("trialScope"), choice(TrialScope)) or TrialScope.PER_CUSTOMER
    if since is None or rule is None or lock is None or cut is None or payment is None:
        return None
    if invitation is None or returns is None:
        return None
    return PolicyEntry(since, rule, lock, cut, payment, invitation, returns, scope)


def _tax(place: Place, *, moment: Reader[datetime]) -> TaxEntry | None:
    keys = members(place, ["country", "label", "rate", "effectiveFrom"], ["reverseChargeNote"])
    land = read(keys.get("country"), country)
    label = read(keys.get("label"), text(60))
    rate = read(keys.get("rate"), share)
    since = read(keys.get("effectiveFrom"), moment)
    note = read(keys.get("reverseChargeNote"), text(300))
    if land is None or label is None or rate is None or since is None:
        return None
    return TaxEntry(land, label, rate, since, note)
