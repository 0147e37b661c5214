"""Billing one partner and its clients for a period: what runs, previews and single issues share."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, Problem
from app.services.billing.lifecycle import bring_partner_to
from app.services.invoices.draft_rows import Draft
from app.services.invoices.drafting import draft_period
from app.services.invoices.issuing import issue_drafts
from app.services.invoices.rules import BillingRules
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class PeriodRun:
    """A period to bill, as of a moment. `issues`: issue the invoices, or leave drafts."""

    period: str
    now: datetime
    issues: bool
    rules: BillingRules


def period_run(period: str, now: datetime, issue: bool, rules: BillingRules) -> PeriodRun | Problem:
    """How to bill a period: one that is over is always issued. Or why that cannot be, at `period`.

    INVALID for what is no month, PERIOD_NOT_STARTED for one to come.
    """
    try:
        start, end = rules.bounds(period)
    except ValueError:
        return Problem(ErrorCode.INVALID, "Give a month such as 2026-11.", ("period",))
    if now < start:
        message = f"The period {period} lies in the future. Bill it once it has begun."
        return Problem(ErrorCode.PERIOD_NOT_STARTED, message, ("period",))
    return PeriodRun(period, now, issue or now >= end, rules)


async def bill_partner(caller: Caller, partner_id: UUID, run: PeriodRun) -> list[Draft]:
    """Bill one partner and its clients, inside an open unit of work.

    Gives the invoices that were written: new drafts, changed ones, and those that were issued.
    Doing it again gives none. Raises Refused with NO_POLICY.
    """
    partner = await lock_partner(partner_id)
    end = run.rules.bounds(run.period)[1]
    await bring_partner_to(partner.id, min(run.now, end))
    drafts = await draft_period(partner, run.period, run.now, run.rules)
    if run.issues:
        await issue_drafts(caller, drafts, run.now, run.rules)
        return drafts
    return [draft for draft in drafts if draft.changed]
