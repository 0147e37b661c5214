"""The differences between two programs, as sentences for people."""

from collections.abc import Iterator, Sequence

from app.domain.programs.canonical import policy_json
from app.domain.programs.model import (
    BenefitDefinition,
    BenefitGrant,
    ProgramDefinition,
    TierDefinition,
)
from app.domain.programs.requirement_difference import requirement_differences
from app.domain.programs.times import moment_text
from app.domain.programs.wording import change, spelled, words

_POLICY = {
    "promotion": "promotion",
    "retention": "retention",
    "demotion": "demotion",
    "evaluateEvery": "the time between evaluations",
    "entryDeadline": "the entry deadline",
    "certification": "the rule on certifications",
    "programYearStart": "the start of the program year",
}


def differences(before: ProgramDefinition, after: ProgramDefinition) -> list[str]:
    """Return the changes in the order of the file; empty if and only if the programs are equal."""
    return [
        *_program(before, after),
        *_policy(before, after),
        *requirement_differences("Gate", before.gate, after.gate),
        *_tiers(before, after),
        *_benefits(before, after),
    ]


def _program(before: ProgramDefinition, after: ProgramDefinition) -> Iterator[str]:
    yield from change("Program", "the key", before.key, after.key)
    yield from change("Program", "the name", before.name, after.name)
    yield from change("Program", "the description", before.description, after.description)
    yield from _partner_types(
        [each.value for each in before.partner_types], [each.value for each in after.partner_types]
    )
    start = moment_text(before.effective_from), moment_text(after.effective_from)
    yield from change("Program", "the date from which it is in force", *start)


def _partner_types(before: list[str], after: list[str]) -> Iterator[str]:
    if not before or not after:
        every = "every partner type"
        yield from change(
            "Program", "the circle of partners", words(before) or every, words(after) or every
        )
        return
    yield from (f"Program: {each} partners now take part." for each in after if each not in before)
    yield from (
        f"Program: {each} partners no longer take part." for each in before if each not in after
    )
    yield from _order("Program: the partner types", before, after, after)


def _policy(before: ProgramDefinition, after: ProgramDefinition) -> Iterator[str]:
    old, new = policy_json(before.policy), policy_json(after.policy)
    for key, name in _POLICY.items():
        yield from change("Policy", name, old.get(key), new.get(key))


def _tiers(before: ProgramDefinition, after: ProgramDefinition) -> Iterator[str]:
    old = {tier.key: tier for tier in before.tiers}
    new = {tier.key: tier for tier in after.tiers}
    for key, tier in old.items():
        if key not in new:
            yield f"Tier {tier.name} ({key}) is removed."
    for index, (key, tier) in enumerate(new.items()):
        if key not in old:
            place = f"above {after.tiers[index - 1].name}" if index else "as the lowest"
            yield f"Tier {tier.name} ({key}) is added {place}, {_asked(tier)}."
        else:
            yield from _tier(old[key], tier)
    names = [tier.name for tier in after.tiers]
    yield from _order("The tiers", list(old), list(new), names)


def _asked(tier: TierDefinition) -> str:
    return f"asking for “{tier.requirement.label}”" if tier.requirement else "open to all"


def _tier(before: TierDefinition, after: TierDefinition) -> Iterator[str]:
    yield from change(f"Tier {after.key}", "the name", before.name, after.name)
    yield from change(after.name, "the colour", before.color, after.color)
    yield from requirement_differences(after.name, before.requirement, after.requirement)


def _benefits(before: ProgramDefinition, after: ProgramDefinition) -> Iterator[str]:
    old = {benefit.key: benefit for benefit in before.benefits}
    new = {benefit.key: benefit for benefit in after.benefits}
    names = {tier.key: tier.name for tier in (*before.tiers, *after.tiers)}
    for key, benefit in old.items():
        if key not in new:
            yield f"Benefit {benefit.name} ({key}) is removed."
    for key, benefit in new.items():
        if key not in old:
            given = words([names[grant.tier] for grant in benefit.grants]) or "no tier"
            yield f"Benefit {benefit.name} ({key}) is added, given by {given}."
        else:
            yield from _benefit(old[key], benefit, names)
    shown = [benefit.name for benefit in after.benefits]
    yield from _order("The benefits", list(old), list(new), shown)


def _benefit(
    before: BenefitDefinition, after: BenefitDefinition, names: dict[str, str]
) -> Iterator[str]:
    yield from change(f"Benefit {after.key}", "the name", before.name, after.name)
    yield from change(after.name, "the description", before.description, after.description)
    yield from change(after.name, "the kind", before.kind.value, after.kind.value)
    yield from requirement_differences(after.name, before.condition, after.condition)
    old = {grant.tier: grant for grant in before.grants}
    new = {grant.tier: grant for grant in after.grants}
    for tier in old:
        if tier not in new:
            yield f"{names[tier]} no longer gives {after.name}."
    for tier, grant in new.items():
        if tier not in old:
            yield f"{names[tier]} now gives {after.name}: {words(grant.value)}."
        else:
            yield from _grant(f"{after.name} in {names[tier]}", old[tier], grant)


def _grant(where: str, before: BenefitGrant, after: BenefitGrant) -> Iterator[str]:
    for key in dict.fromkeys([*before.value, *after.value]):
        yield from change(where, spelled(key), before.value.get(key), after.value.get(key))
    yield from requirement_differences(where, before.condition, after.condition)


def _order(
    what: str, old: Sequence[str], new: Sequence[str], shown: Sequence[str]
) -> Iterator[str]:
    """Reported only for keys in both: an addition states its position."""
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield f"{what} are in another order: {words(list(shown))}."
