"""Writing of programs: the canonical file, its checksum, and requirement trees for the API.

The canonical file leaves out absent values, so that a key added to the format later does not change
the checksum of existing programs.
"""

import hashlib
import json
from typing import Any

from app.domain.programs.model import (
    BenefitDefinition,
    BenefitGrant,
    Condition,
    Policy,
    ProgramDefinition,
    Requirement,
    Retention,
    Span,
    TierDefinition,
    Window,
)
from app.domain.programs.thresholds import threshold_json, threshold_text
from app.domain.programs.times import moment_text
from app.domain.programs.vocabulary import Operator


def program_json(program: ProgramDefinition) -> dict[str, Any]:
    """Return the canonical file: plain JSON values that `parse_program` reads back to an equal
    program.
    """
    return _present(
        key=program.key,
        name=program.name,
        description=program.description or None,
        partnerTypes=[each.value for each in program.partner_types] or None,
        effectiveFrom=moment_text(program.effective_from),
        policy=policy_json(program.policy),
        gate=_node(program.gate),
        tiers=[_tier(tier) for tier in program.tiers],
        benefits=[_benefit(benefit) for benefit in program.benefits] or None,
    )


def checksum(program: ProgramDefinition) -> str:
    """Return the SHA-256 of the canonical file, as lower-case hex, independent of the order of
    keys.
    """
    text = json.dumps(program_json(program), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return the policy as in the canonical file."""
    deadline, certification = policy.entry_deadline, policy.certification
    start = policy.program_year_start
    return _present(
        promotion=policy.promotion.value,
        retention=_retention(policy.retention),
        demotion=policy.demotion.value,
        evaluateEvery=_span(policy.evaluate_every),
        entryDeadline=deadline and {"days": deadline.days, "action": deadline.action.value},
        certification=certification
        and _present(
            validity=_span(certification.validity),
            recertifyEvery=_span(certification.recertify_every),
        ),
        programYearStart=start and f"{start.month:02}-{start.day:02}",
    )


def requirement_json(requirement: Requirement | None) -> dict[str, Any] | None:
    """Return a requirement tree for the API: every key on every node, labels filled in."""
    if requirement is None:
        return None
    condition = requirement.condition
    return {
        "kind": requirement.kind.value,
        "label": requirement.label,
        "atLeast": requirement.at_least,
        "of": [requirement_json(node) for node in requirement.of],
        "condition": condition and _served_condition(condition),
    }


def _served_condition(condition: Condition) -> dict[str, Any]:
    window = condition.window
    return {
        "metric": condition.metric.value,
        "operator": condition.operator.value,
        "threshold": threshold_text(condition.threshold),
        "unit": condition.unit,
        "window": {
            "kind": window.kind.value,
            "count": window.count,
            "unit": window.unit and window.unit.value,
        },
        "label": condition.label,
        "published": condition.threshold is not None,
        "filters": dict(condition.filters),
    }


def _node(requirement: Requirement | None) -> dict[str, Any] | None:
    if requirement is None:
        return None
    if requirement.condition:
        return _condition(requirement.condition)
    return _present(
        kind=requirement.kind.value,
        atLeast=requirement.at_least,
        of=[_node(node) for node in requirement.of],
    )


def _condition(condition: Condition) -> dict[str, Any]:
    found = _present(
        metric=condition.metric.value,
        label=condition.label,
        filters=dict(condition.filters) or None,
        operator=condition.operator.value,
        window=_window(condition.window),
    )
    if condition.operator is not Operator.IS_TRUE:
        found["threshold"] = threshold_json(condition.threshold)
    return found


def _tier(tier: TierDefinition) -> dict[str, Any]:
    return _present(
        key=tier.key, name=tier.name, color=tier.color, requirement=_node(tier.requirement)
    )


def _benefit(benefit: BenefitDefinition) -> dict[str, Any]:
    return _present(
        key=benefit.key,
        name=benefit.name,
        description=benefit.description or None,
        kind=benefit.kind.value,
        condition=_node(benefit.condition),
        tiers={grant.tier: _grant(grant) for grant in benefit.grants} or None,
    )


def _grant(grant: BenefitGrant) -> dict[str, Any]:
    return _present(value=dict(grant.value), condition=_node(grant.condition))


def _retention(retention: Retention) -> dict[str, Any]:
    return _present(
        kind=retention.kind.value,
        period=_span(retention.period),
        days=retention.days,
        noticeDays=retention.notice_days,
    )


def _window(window: Window) -> dict[str, Any]:
    return _present(
        kind=window.kind.value, count=window.count, unit=window.unit and window.unit.value
    )


def _span(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"count": span.count, "unit": span.unit.value}


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
