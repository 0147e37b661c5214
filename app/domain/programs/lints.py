"""Lints: well-formed programs that make no sense.

They run on input (validation, import, publishing), not on stored programs: a rule added later must
not make existing versions unreadable.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.programs.limits import PARTNER_TYPE, quantity, types_limit
from app.domain.programs.model import (
    ByCurrency,
    ProgramDefinition,
    Requirement,
    TierDefinition,
    decimal_text,
)
from app.domain.programs.problems import Problem, ProblemKind
from app.domain.programs.satisfiability import (
    AtLeast,
    Formula,
    Known,
    Leaf,
    certain,
    conflict,
    formula,
)
from app.domain.programs.thresholds import threshold_json
from app.domain.programs.vocabulary import Operator
from app.domain.programs.weight_lints import weight_problems


def lint(program: ProgramDefinition) -> list[Problem]:
    """Return everything that makes no sense in a program, each with path, value and remedy."""
    known: Known = {
        PARTNER_TYPE: ((types_limit(program.partner_types), "the partner types of the program"),)
    }
    falling = list(_falling(program.tiers))
    return [
        *_impossible_gate_or_tiers(program, known),
        *falling,
        *_shadowed(program, known, {problem.path.split(".")[0] for problem in falling}),
        *_impossible_benefits(program, known),
        *(problem for at, root in _roots(program) for problem in weight_problems(at, root)),
    ]


def _impossible_gate_or_tiers(program: ProgramDefinition, known: Known) -> Iterator[Problem]:
    gate = [formula(program.gate, "gate")] if program.gate else []
    if gate and (found := conflict(gate[0], known)):
        yield _unreachable(found.leaf, f"No partner can pass the gate: {found}")
        return
    for tier in program.tiers:
        if tier.requirement is None:
            continue
        both = _all(*gate, formula(tier.requirement, f"{_at(tier)}.requirement"))
        if found := conflict(both, known):
            yield _unreachable(found.leaf, f"No partner can reach {tier.name}: {found}")


def _unreachable(leaf: Leaf, message: str) -> Problem:
    return Problem(
        leaf.path,
        ProblemKind.UNREACHABLE_TIER,
        threshold_json(leaf.condition.threshold),
        message,
        "Change one of the conditions, or remove it.",
    )


def _falling(tiers: Sequence[TierDefinition]) -> Iterator[Problem]:
    """Yield the thresholds that are below those of a lower tier for the same quantity."""
    asked: dict[str, list[tuple[TierDefinition, Decimal, str]]] = {}
    for tier in tiers:
        if tier.requirement is None:
            continue
        root = formula(tier.requirement, f"{_at(tier)}.requirement")
        for leaf in certain(root):
            for currency, number in _floors(leaf):
                about = f"{quantity(leaf.condition)} {leaf.condition.operator} {currency}"
                more = [
                    (below, floor, label)
                    for below, floor, label in asked.get(about, [])
                    if below.rank < tier.rank and floor > number
                ]
                if more:
                    yield _lower(tier, leaf, currency, number, *more[-1])
                asked.setdefault(about, []).append((tier, number, leaf.condition.label))


def _floors(leaf: Leaf) -> Iterator[tuple[str, Decimal]]:
    condition = leaf.condition
    if leaf.negated or condition.operator not in (Operator.GTE, Operator.GT):
        return
    if isinstance(condition.threshold, Decimal):
        yield "", condition.threshold
    if isinstance(condition.threshold, ByCurrency):
        yield from condition.threshold.amounts.items()


def _lower(
    tier: TierDefinition,
    leaf: Leaf,
    currency: str,
    number: Decimal,
    below: TierDefinition,
    floor: Decimal,
    label: str,
) -> Problem:
    return Problem(
        f"{leaf.path}.threshold" + (f".{currency}" if currency else ""),
        ProblemKind.FALLING_THRESHOLD,
        decimal_text(number),
        f"{tier.name} asks for {_amount(number, currency)}, less than the "
        f"{_amount(floor, currency)} of the lower tier {below.name} (“{label}”).",
        f"Give at least {decimal_text(floor)}, or lower that of {below.name}.",
    )


def _amount(number: Decimal, currency: str) -> str:
    return f"{currency} {decimal_text(number)}".strip()


def _shadowed(program: ProgramDefinition, known: Known, falling: set[str]) -> Iterator[Problem]:
    """Yield the tiers whose partners would all be in a higher tier, since the highest one
    counts.
    """
    for index, lower in enumerate(program.tiers):
        # A falling threshold is already reported. This would be the same mistake again.
        above = (tier for tier in program.tiers[index + 1 :] if _at(tier) not in falling)
        higher = next((tier for tier in above if _includes(program, lower, tier, known)), None)
        if higher:
            yield Problem(
                f"{_at(lower)}.requirement" if lower.requirement else _at(lower),
                ProblemKind.UNREACHABLE_TIER,
                lower.key,
                f"No partner will ever be in {lower.name}: every partner that meets its "
                f"requirement also meets that of the higher tier {higher.name}.",
                f"Raise the requirement of {higher.name}, or remove {lower.name}.",
            )


def _includes(
    program: ProgramDefinition, lower: TierDefinition, higher: TierDefinition, known: Known
) -> bool:
    """Return whether a partner that meets the lower tier's requirement certainly meets the higher
    one's.
    """
    if higher.requirement is None:
        return True
    if lower.requirement and _same(lower.requirement, higher.requirement):
        return True
    sides = [formula(each, "") for each in (program.gate, lower.requirement) if each]
    alone: Formula = _all(*sides)
    # An impossible requirement implies everything; that is reported elsewhere.
    if conflict(alone, known):
        return False
    return conflict(_all(alone, formula(higher.requirement, "", negated=True)), known) is not None


def _same(one: Requirement, other: Requirement) -> bool:
    """Return whether two requirements are equal except for labels. Unpublished thresholds may
    differ, so they are never equal.
    """
    return _bare(one) == _bare(other) and None not in {
        condition.threshold for condition in one.conditions()
    }


def _bare(node: Requirement) -> object:
    if node.condition:
        condition = node.condition
        return (quantity(condition), condition.operator, threshold_json(condition.threshold))
    return (node.kind, node.at_least, [_bare(each) for each in node.of])


def _impossible_benefits(program: ProgramDefinition, known: Known) -> Iterator[Problem]:
    for at, root in _roots(program):
        if at.startswith("benefits") and (found := conflict(formula(root, at), known)):
            yield Problem(
                found.leaf.path,
                ProblemKind.IMPOSSIBLE_CONDITION,
                threshold_json(found.leaf.condition.threshold),
                f"No partner can ever get this benefit: {found}",
                "Change one of the conditions, or remove it.",
            )


def _roots(program: ProgramDefinition) -> Iterator[tuple[str, Requirement]]:
    """Yield all requirement trees with their paths."""
    if program.gate:
        yield "gate", program.gate
    for tier in program.tiers:
        if tier.requirement:
            yield f"{_at(tier)}.requirement", tier.requirement
    for index, benefit in enumerate(program.benefits):
        if benefit.condition:
            yield f"benefits[{index}].condition", benefit.condition
        for grant in benefit.grants:
            if grant.condition:
                yield f"benefits[{index}].tiers.{grant.tier}.condition", grant.condition


def _all(*parts: Formula) -> AtLeast:
    return AtLeast(len(parts), parts)


def _at(tier: TierDefinition) -> str:
    return f"tiers[{tier.rank - 1}]"
