"""The demo vendor's draft: the next version of its program."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.programs.model import ProgramDefinition, Requirement, TierDefinition
from app.domain.programs.vocabulary import Metric
from app.services.programs.import_program import import_program

_AHEAD = timedelta(days=40)
_WRITTEN = timedelta(days=5)
_PEOPLE = Decimal(2)


async def add_draft(program: ProgramDefinition, now: datetime) -> None:
    """Import the draft, some days before `now`, inside the open unit of work.

    It takes effect on the first day of a month, more than a month ahead, and requires more people.
    """
    start = (now + _AHEAD).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if start <= now + timedelta(days=30):
        start = (start + timedelta(days=32)).replace(day=1)
    tiers = tuple(_stricter(tier) for tier in program.tiers)
    draft = replace(program, effective_from=start, tiers=tiers)
    await import_program(draft, at=now - _WRITTEN, publish=False)


def _stricter(tier: TierDefinition) -> TierDefinition:
    return replace(tier, requirement=tier.requirement and _with_people(tier.requirement))


def _with_people(node: Requirement) -> Requirement:
    condition = node.condition
    if condition and condition.metric is Metric.CERTIFIED_PEOPLE:
        label = f"At least {_PEOPLE} certified advisors or salespeople"
        condition = replace(condition, threshold=_PEOPLE, label=label)
    return replace(node, condition=condition, of=tuple(_with_people(each) for each in node.of))
