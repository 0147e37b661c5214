"""A year of facts of a demo partner: certifications, deals, sales, leads."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.activity_records import Ledger
from app.demo.client_history import ClientHistory
from app.demo.partner import Person, Team
from app.demo.shared_data import between
from app.demo.tiers import Plan
from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.partners import BillingModel, PartnerType
from app.domain.plans import PlanCode
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion

_YEAR, _DAY = timedelta(days=365), timedelta(days=1)
_REFERRERS = (PartnerType.REFERRAL, PartnerType.INFLUENCER, PartnerType.AFFILIATE)
_SOURCES = ("PORTAL", "PORTAL", "EMAIL", "EVENT")


def add_activity(team: Team, plan: Plan, histories: Sequence[ClientHistory]) -> Ledger:
    """Record all facts of the partner, so that evaluations follow its plan."""
    ledger = Ledger(team)
    if plan.placed_at:
        _certify_organisation(ledger, team, plan, plan.placed_at)
        _certify_people(ledger, team, plan, plan.placed_at)
        _train(ledger, team, plan.placed_at)
    if plan.asked_at:
        _attest(ledger, team, plan, plan.asked_at)
    _register_deals(ledger, team, plan, histories)
    _sell(ledger, team, histories)
    _add_leads_and_referrals(ledger, team)
    return ledger


def _certify_organisation(ledger: Ledger, team: Team, plan: Plan, at: datetime) -> None:
    lapses = plan.lapses_at if plan.variation == "PROGRAM_LAPSES" else None
    _certify(ledger, team, "PARTNER_PROGRAM", at, lapses or _expiry(team, at, 2))


def _certify_people(ledger: Ledger, team: Team, plan: Plan, placed: datetime) -> None:
    """Certify one person on whom the tier depends, and others whose certifications come and go."""
    random, lapsing = team.facts_random, plan.variation == "PERSON_LAPSES"
    first, *others = team.people
    if plan.asked_at or random.random() < 0.7:
        at = placed + (timedelta(days=random.uniform(1, 4)) if plan.asked_at else 9 * _DAY)
        lapses = plan.lapses_at if lapsing else None
        if at < team.until:
            code = random.choice(("SALES", "ADVISOR"))
            _certify(ledger, team, code, at, lapses or _expiry(team, at, 2), first)
    for person in others:
        at = between(random, max(placed, person.since), min(person.until, team.until))
        code = "TECHNICAL" if lapsing else random.choice(("SALES", "ADVISOR", "TECHNICAL"))
        while at < min(person.until, team.until):
            expires = _expiry(team, at, 1)
            _certify(ledger, team, code, at, expires, person)
            # Some recertify in time, some late.
            at = expires + random.uniform(-30, 20) * _DAY


def _certify(
    ledger: Ledger,
    team: Team,
    code: str,
    at: datetime,
    expires: datetime,
    person: Person | None = None,
) -> None:
    ledger.record(
        NewActivity(
            ActivityKind.CERTIFICATION,
            at,
            code=code,
            person=person.email if person else None,
            course=fake_names.data("word_lists")["courses"][code],
            expires_at=expires,
            external_id=_external(ledger, "CERT"),
        )
    )


def _expiry(team: Team, at: datetime, years: int) -> datetime:
    """Return the midnight `years` years later."""
    return team.shared.program.engine.calendar.days_after(at, 365 * years)


def _train(ledger: Ledger, team: Team, placed: datetime) -> None:
    at = placed + timedelta(days=team.facts_random.uniform(2, 45))
    if at < team.until and team.facts_random.random() < 0.85:
        person = team.people[0].email
        fact = NewActivity(ActivityKind.TRAINING_COMPLETED, at, person=person, source="ACADEMY")
        ledger.record(fact)


def _attest(ledger: Ledger, team: Team, plan: Plan, at: datetime) -> None:
    ledger.record(
        NewActivity(
            ActivityKind.ATTESTATION,
            at,
            code="LANDING_PAGE",
            evidence=f"https://{team.slug}.example/partners/quorvane",
            expires_at=plan.fell_at,
        )
    )


def _register_deals(
    ledger: Ledger, team: Team, plan: Plan, histories: Sequence[ClientHistory]
) -> None:
    """Register most clients as deals first, and a deal in every month that needs one."""
    random, quiet_from = team.facts_random, team.shared.now + _DAY
    if plan.variation == "NO_DEAL":
        quiet_from = team.shared.program.engine.month_start(team.shared.now)
    moments = []
    for history in histories:
        at = history.created_at - timedelta(days=random.uniform(0.5, 10))
        if team.joined < at < quiet_from and random.random() < 0.8:
            moments.append((at, history.plan))
    for start, end in _months_to_fill(team, plan):
        if end <= quiet_from and not any(start <= at < end for at, _ in moments):
            moments.append((between(random, start, end), PlanCode.FULL_FEATURE))
    for at, product in sorted(moments):
        ledger.record(
            NewActivity(
                ActivityKind.DEAL_REGISTRATION,
                at,
                source=random.choice(_SOURCES),
                product=product,
                external_id=_external(ledger, "DEAL"),
            )
        )


def _months_to_fill(team: Team, plan: Plan) -> Iterator[tuple[datetime, datetime]]:
    """Return the months that need a deal: from the month before deals counted, up to the
    present.
    """
    if not plan.asked_at:
        return
    engine = team.shared.program.engine
    start = engine.month_start(engine.month_start(plan.asked_at) - _DAY)
    while start < (plan.fell_at or team.until):
        end = engine.month_end(start)
        yield max(start, team.joined), min(end, team.until)
        start = end


def _sell(ledger: Ledger, team: Team, histories: Sequence[ClientHistory]) -> None:
    random = team.facts_random
    resells = team.billing_model == BillingModel.RESELLER
    reasons = fake_names.data("word_lists")["reversals"]
    for history in histories:
        if not history.sold_at:
            continue
        quoted = history.employees > 500 and random.random() < 0.5
        fact = ledger.record(
            NewActivity(
                ActivityKind.SALE,
                history.sold_at,
                amount=Money(history.yearly, team.currency),
                revenue=Revenue.SOLD_ARR,
                motion=SaleMotion.RESALE if resells else SaleMotion.REFERRAL,
                price_basis=PriceBasis.APPROVED_QUOTE if quoted else PriceBasis.LIST_PRICE,
                product=PlanCode.FULL_FEATURE,
                external_id=_external(ledger, "SALE"),
            )
        )
        if history.withdrawn_at:
            ledger.reverse(fact, history.withdrawn_at, random.choice(reasons))


def _add_leads_and_referrals(ledger: Ledger, team: Team) -> None:
    """Record leads that the partner received, and referrals."""
    random, refers = team.facts_random, team.partner_type in _REFERRERS
    kind = ActivityKind.REFERRAL if refers else ActivityKind.LEAD_ACCEPTED
    for _ in range(random.randint(4, 12) if refers else random.randint(0, 4)):
        at = between(random, team.joined + _DAY, team.until)
        source = "REFERRAL_LINK" if refers else "LEAD_DISTRIBUTION"
        ledger.record(NewActivity(kind, at, source=source, external_id=_external(ledger, "LEAD")))


def _external(ledger: Ledger, kind: str) -> str:
    """Return a new external id for a fact."""
    return f"{kind}-{ledger.next_number:05d}"
