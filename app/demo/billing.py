"""The demo's invoices, payments and income, created with the service's own use cases."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from app.auth.actor import Actor
from app.domain.identity import Role
from app.domain.income import AccrualStatus
from app.domain.invoices import InvoiceStatus, PaymentKind
from app.domain.money import Money
from app.domain.terms import period_bounds, period_of
from app.persistence.database import Database
from app.persistence.models import Accrual, BillingRun, Invoice, Partner, Vendor, VendorUser
from app.services.income.approve_accruals import ApproveAccruals, approve_accruals
from app.services.income.create_statement import CreateStatement, create_statement
from app.services.income.record_payout import RecordPayout, record_payout
from app.services.invoices.record_payment import RecordPayment, record_payment
from app.services.invoices.run_billing import begin_run, finish_run
from app.services.programs.due import evaluate_next
from app.services.use_case import Caller

Progress = Callable[[str, int, int], None]

# Number of billed months before the current one. Payments and payouts are for the first of them.
_MONTHS = 2
_AFTER_MIDNIGHT = timedelta(hours=6)
_PAID_AFTER = timedelta(days=12)
_LATE, _IN_PART, _OF = 2, 1, 10  # Of ten invoices, how many are unpaid and how many half paid.


class _FixedClock:
    """A clock that is stopped at a time in the past."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the given time."""
        return self._at


async def bill_demo(database: Database, *, now: datetime, progress: Progress) -> None:
    """Bill the two months before `now`; most of the first is paid and its income paid out.

    Drafts exist for the current month. Does nothing if it has already run.
    """
    zone = ZoneInfo((await database.read(lambda: Vendor.get())).time_zone)
    admins = VendorUser.filter(role=Role.VENDOR_ADMIN).order_by("created_at", "id").limit(1)
    [admin] = await database.read(lambda: admins)
    actor = Actor(Role.VENDOR_ADMIN, user_id=admin.id, name=admin.name)
    last = period_of(now, zone)
    for months_back in range(_MONTHS, 0, -1):
        period = _before(last, months_back, zone)
        if await database.read(partial(_is_billed, period, [True])):
            continue
        at = period_bounds(period, zone)[1] + _AFTER_MIDNIGHT
        caller = Caller(actor, database, _FixedClock(min(at, now)), "demo")
        await _bill(caller, period, progress)
        if months_back == _MONTHS:
            paying = Caller(actor, database, _FixedClock(min(at + _PAID_AFTER, now)), "demo")
            await _pay(paying, period)
            await _pay_out(paying)
    if not await database.read(partial(_is_billed, last, [True, False])):
        await _bill(Caller(actor, database, _FixedClock(now), "demo"), last, progress, issue=False)
    # Billing counts for tiers, so evaluate now rather than while somebody uses the demo.
    while (await evaluate_next(database, now)).partners:
        pass


def _before(period: str, months: int, zone: ZoneInfo) -> str:
    for _ in range(months):
        period = period_of(period_bounds(period, zone)[0] - timedelta(days=1), zone)
    return period


async def _is_billed(period: str, issues: list[bool]) -> bool:
    done = BillingRun.filter(period=period, completed_at__isnull=False)
    return await done.filter(issues__in=issues).exists()


async def _bill(caller: Caller, period: str, progress: Progress, issue: bool = True) -> None:
    total = await caller.database.read(lambda: Partner.all().count())
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        progress(f"invoices of {period}", done, total)

    await finish_run(caller, await begin_run(caller, period, issue), report)


async def _pay(caller: Caller, period: str) -> None:
    of_period = Invoice.filter(period=period, status=InvoiceStatus.ISSUED).order_by("number")
    invoices = await caller.database.read(lambda: of_period.select_related("partner"))
    for industry, invoice in enumerate(invoices):
        if industry % _OF < _LATE:
            continue
        whole = industry % _OF >= _LATE + _IN_PART
        amount = invoice.total_minor if whole else invoice.total_minor // 2
        payment = RecordPayment(
            f"demo-payment-{invoice.number}",
            invoice.id,
            PaymentKind(invoice.partner.payment_method),
            f"PAY-{invoice.number:06}",
            Money(amount, invoice.currency_code),
        )
        await record_payment(caller, payment)


async def _pay_out(caller: Caller) -> None:
    pending = Accrual.filter(status=AccrualStatus.PENDING).distinct()
    earned = await caller.database.read(
        lambda: pending.order_by("partner_id").values_list("partner_id", "currency_code")
    )
    # By currency: some are paid out, some have a statement, some are approved and await one.
    places: Counter[str] = Counter()
    for partner_id, currency in earned:
        industry, places[currency] = places[currency] % 3, places[currency] + 1
        key, until = f"demo-{partner_id}-{currency}", caller.clock.now()
        await approve_accruals(caller, ApproveAccruals(key, partner_id, up_to=until))
        if industry == 2:
            continue
        wanted = CreateStatement(f"{key}-statement", partner_id, currency)
        made = await create_statement(caller, wanted)
        if industry == 0:
            reference = f"OUT-{currency}-{places[currency]:05}"
            await record_payout(caller, RecordPayout(f"{key}-out", made["statement"], reference))
