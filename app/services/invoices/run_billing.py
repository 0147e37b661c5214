"""Billing all partners for a period: for real, or only to look.

A run goes from partner to partner, each in a unit of work of its own. What is charged already is
not charged again, so a run that was killed is simply started again, and several at once share the
work.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from tortoise.expressions import F

from app.domain.errors import Problem, Refused
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import BillingRun, Partner
from app.services.inputs import arguments
from app.services.invoices.billing import PeriodRun, bill_partner, period_run
from app.services.invoices.draft_rows import Draft
from app.services.invoices.issuing import require_seller
from app.services.invoices.rules import load_rules
from app.services.use_case import Caller, Done, perform

# Ids that are in memory at a time.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class RunBilling:
    """The period to bill, such as 2026-11; `issue` also issues while it is not over."""

    idempotency_key: str
    period: str
    issue: bool = False


async def run_billing(caller: Caller, input: RunBilling) -> Mapping[str, UUID]:
    """Bill all partners for a period; gives the id `billing_run`.

    Raises Refused at `period` with INVALID or PERIOD_NOT_STARTED, and with NO_POLICY, or
    WRONG_STATE if it is to issue and the vendor's country is not known. A repeat goes on with a run
    that was stopped half way.
    """

    async def work(now: datetime) -> Done:
        plan = await planned(input.period, now, input.issue)
        run = await _begin(input.period, now, plan.issues)
        return Done(run.id, None, {"billing_run": run.id})

    done = await perform(caller, "runBilling", input.idempotency_key, arguments(input), work)
    run = await caller.database.read(lambda: BillingRun.get(id=done["billing_run"]))
    if run.completed_at is None:
        await finish_run(caller, run)
    return done


async def planned(period: str, now: datetime, issue: bool) -> PeriodRun:
    """How to bill a period now. Raises Refused as `run_billing` does."""
    rules = await load_rules()
    run = period_run(period, now, issue, rules)
    if isinstance(run, Problem):
        raise Refused([run])
    # Told before anything is billed.
    rules.policy_of(period)
    rules.policy_at(now)
    if run.issues:
        require_seller(rules)
    return run


async def begin_run(caller: Caller, period: str, issue: bool) -> BillingRun:
    """The run of this period and kind that was stopped half way, or a new one.

    Raises Refused as `run_billing` does.
    """
    now = caller.clock.now()

    async def work() -> BillingRun:
        plan = await planned(period, now, issue)
        begun = BillingRun.filter(period=period, issues=plan.issues, completed_at=None)
        return await begun.order_by("started_at").first() or await _begin(period, now, plan.issues)

    return await caller.database.transaction(work)


async def finish_run(
    caller: Caller, run: BillingRun, report: Callable[[], None] = lambda: None
) -> BillingRun:
    """Bill every partner, telling `report` of each, and then that it is done; gives the run."""
    now = caller.clock.now()
    plan = await caller.database.read(lambda: planned(run.period, now, run.issues))
    async for partner_id in partner_ids(caller):
        await caller.database.transaction(partial(_bill, caller, partner_id, plan, run.id))
        report()
    await caller.database.transaction(lambda: _complete(caller, run, plan.issues))
    return await caller.database.read(lambda: BillingRun.get(id=run.id))


async def look(
    caller: Caller, period: str, issue: bool, partner_id: UUID | None = None
) -> AsyncIterator[list[Draft]]:
    """What billing would write now, partner by partner. Nothing is stored.

    Raises Refused as `run_billing` does.
    """
    now = caller.clock.now()
    plan = await caller.database.read(lambda: planned(period, now, issue))
    async for id in partner_ids(caller, partner_id):
        yield await _looked(caller, id, plan)


async def partner_ids(caller: Caller, only: UUID | None = None) -> AsyncIterator[UUID]:
    """All partners, the earliest first, a batch of ids in memory; or the one."""
    if only:
        yield only
        return
    last = UUID(int=0)
    while batch := await caller.database.read(partial(_following, last)):
        for id in batch:
            yield id
        last = batch[-1]


async def _following(last: UUID) -> list[UUID]:
    rows = Partner.filter(id__gt=last).order_by("id").limit(_BATCH).only("id")
    return [row.id for row in await rows]


async def _begin(period: str, now: datetime, issues: bool) -> BillingRun:
    return await BillingRun.create(period=period, issues=issues, started_at=now)


async def _bill(caller: Caller, partner_id: UUID, plan: PeriodRun, run_id: UUID) -> None:
    written = await bill_partner(caller, partner_id, plan)
    if written:
        await BillingRun.filter(id=run_id).update(
            partner_count=F("partner_count") + 1,
            invoice_count=F("invoice_count") + len(written),
            line_count=F("line_count") + sum(len(draft.lines) for draft in written),
        )


async def _complete(caller: Caller, run: BillingRun, issues: bool) -> None:
    now = caller.clock.now()
    # Several may have shared the run: the first to come to its end tells of it. The period may have
    # ended since it began.
    open_run = BillingRun.filter(id=run.id, completed_at=None)
    if await open_run.update(completed_at=now, issues=issues):
        await append(
            EventType.BILLING_COMPLETED,
            subject_id=run.id,
            partner_id=None,
            actor=caller.actor,
            at=now,
            data={"period": run.period},
        )


class _Undo(Exception):
    """Rolls back a dry run."""


async def _looked(caller: Caller, partner_id: UUID, plan: PeriodRun) -> list[Draft]:
    found: list[Draft] = []

    async def work() -> None:
        found.extend(await bill_partner(caller, partner_id, plan))
        raise _Undo

    with suppress(_Undo):
        await caller.database.transaction(work)
    return found
