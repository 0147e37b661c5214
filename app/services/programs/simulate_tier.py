"""What would become of a partner with records that it does not have: evaluated, and never kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.activity import LATEST, NewActivity, check_activity, clean
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.benefits import GivenBenefit, benefit_changes
from app.domain.programs.evaluation import Decision
from app.domain.programs.hypothetical import assume
from app.persistence.models import Partner, Standing
from app.services.programs.contributors import Contributing, load_contributing
from app.services.programs.decisions import load_benefits
from app.services.programs.evaluating import evaluator_for, partner_facts
from app.services.programs.measuring import load_facts, rows_of
from app.services.programs.standings import load_standings, new_standing, state_of
from app.services.programs.versions import Version, find_program, version_in_force
from app.services.use_case import Caller
from app.services.visible import require

# Each is held against every sum of the program.
MAX_ASSUMED = 1_000


@dataclass(frozen=True, slots=True)
class Assumed:
    """A record that a partner does not have, and how often it is to count."""

    activity: NewActivity
    count: int = 1


@dataclass(frozen=True, slots=True)
class SimulateTier:
    """Records to assume of a partner (None: the caller's own), as of a moment (None: now)."""

    partner_id: UUID | None
    program_key: str
    assumed: tuple[Assumed, ...]
    at: datetime | None = None
    with_records: bool = False


@dataclass(frozen=True, slots=True)
class Simulation:
    """What evaluation would make of a partner without, and with, what is assumed.

    `contributing` has the records that are kept, if they were asked for.
    """

    version: Version
    standing: Standing
    before: Decision
    after: Decision
    gained: tuple[GivenBenefit, ...]
    lost: tuple[GivenBenefit, ...]
    contributing: Contributing


async def simulate_tier(caller: Caller, input: SimulateTier) -> Simulation:
    """Evaluate a partner once, as of the moment, with these records besides its own.

    Each side is one evaluation from where the partner stands now: with a moment to come,
    evaluations on the way are not played through. Raises Refused with NOT_FOUND for the partner,
    the program, or a program without a version in force then; with REQUIRED if it is nobody's own
    partner; with NOT_ENROLLED and PARTNER_NOT_ACTIVE; with INVALID for a moment that is past, for
    more than 1,000 records, and for records as recording them would, at ("assume", "0", ...).
    """
    now = caller.clock.now()
    at = input.at or now
    if at >= LATEST:
        message = f"Give a moment before the year {LATEST:%Y}."
        raise refuse(ErrorCode.INVALID, message, "at")
    if at < now:
        raise refuse(
            ErrorCode.INVALID,
            f"This is past. Give a moment from {now:%Y-%m-%dT%H:%M:%SZ} on.",
            "at",
        )
    records = _checked(input.assumed, at)
    return await caller.database.read(lambda: _simulate(caller, input, records, at))


def _checked(assumed: Sequence[Assumed], at: datetime) -> list[NewActivity]:
    """The records, each as often as it counts."""
    counts = [each.count for each in assumed]
    if min(counts, default=1) < 1 or sum(counts) > MAX_ASSUMED:
        message = f"Give counts from 1, and {MAX_ASSUMED:,} at most for all facts together."
        raise refuse(ErrorCode.INVALID, message, "assume")
    cleaned = [clean(each.activity) for each in assumed]
    problems = [
        problem
        for position, record in enumerate(cleaned)
        for problem in _problems(record, at, "assume", str(position))
    ]
    if problems:
        raise Refused(problems)
    return [record for record, count in zip(cleaned, counts, strict=True) for _ in range(count)]


def _problems(record: NewActivity, at: datetime, *place: str) -> list[Problem]:
    # It may lie ahead of now, but not of the moment that is looked at.
    found = check_activity(record, LATEST, *place)
    if record.occurred_at > at:
        message = f"This is after the moment that is looked at, {at:%Y-%m-%dT%H:%M:%SZ}."
        found.append(Problem(ErrorCode.INVALID, message, (*place, "occurredAt")))
    return found


async def _simulate(
    caller: Caller, input: SimulateTier, records: list[NewActivity], at: datetime
) -> Simulation:
    partner = await _partner(caller, input.partner_id)
    version = await _version(input.program_key, at)
    _check_takes_part(partner, version)
    standing = await _standing(partner, version, caller.clock.now())
    evaluator = await evaluator_for(version, at)
    rows, dialect = rows_of(caller.database), caller.database.dialect
    told = {partner.id: partner_facts(partner, standing.enrolled_at)}
    facts = (await load_facts(rows, dialect, evaluator, told))[partner.id]
    contributing = Contributing()
    if input.with_records:
        held = {partner.id: {holding.position for holding in facts.holdings}}
        contributing = (await load_contributing(rows, dialect, evaluator, held))[partner.id]
    state = state_of(standing, version)
    before = evaluator.evaluate(facts, state)
    after = evaluator.evaluate(assume(facts, evaluator.flows, records), state)
    gained, lost = await _benefit_changes(version, standing, after)
    return Simulation(version, standing, before, after, gained, lost, contributing)


async def _partner(caller: Caller, id: UUID | None) -> Partner:
    wanted = id or caller.actor.partner_id
    if wanted is None:
        raise refuse(ErrorCode.REQUIRED, "Say which partner.", "partnerId")
    return await require(caller, Partner, wanted, "partnerId")


async def _version(key: str, at: datetime) -> Version:
    program = await find_program(key)
    version = await version_in_force(program, at) if program else None
    if version is None:
        message = "There is no such tier program in force then. Check the key."
        raise refuse(ErrorCode.NOT_FOUND, message, "program")
    return version


def _check_takes_part(partner: Partner, version: Version) -> None:
    if not is_enrolled(version.definition.partner_types, partner.type):
        message = f"The program is not for partners of the type {partner.type}."
        raise refuse(ErrorCode.NOT_ENROLLED, message, "program")
    if partner.status != PartnerStatus.ACTIVE:
        message = f"The partner is {partner.status}: only active ones are evaluated."
        raise refuse(ErrorCode.PARTNER_NOT_ACTIVE, message, "partnerId")


async def _standing(partner: Partner, version: Version, now: datetime) -> Standing:
    found = await load_standings(version.program_id, [partner.id])
    return found[0] if found else standing_to_be(partner.id, version.program_id, now)


def standing_to_be(partner_id: UUID, program_id: UUID, now: datetime) -> Standing:
    """The standing that a partner would come into a program with, as `state_of` takes it."""
    row = new_standing(partner_id, program_id, now)
    row.tier = row.pin = row.approval = None
    return row


async def _benefit_changes(
    version: Version, standing: Standing, after: Decision
) -> tuple[tuple[GivenBenefit, ...], tuple[GivenBenefit, ...]]:
    before, then = standing.tier, version.tier(after.state.rank)
    benefits = await load_benefits([before, then])
    return benefit_changes(*(benefits.get(tier.id, ()) if tier else () for tier in (before, then)))
