"""The results of evaluations as plain data of the API, out of what the rules tell."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.ids import global_id
from app.domain.programs.explaining import leaves
from app.reads.convert import converter
from schema.billing import money

_time = converter("time", "ActivityRecord") or (lambda raw: raw)


def gate_result(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What came out for the gate: the type RequirementResult."""
    return requirement_result(result["gate"])


def tier_results(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What came out for each tier: the type TierResult."""
    return [
        {
            **tier,
            "requirement": requirement_result(tier["requirement"]),
            "conditions": [condition_result(leaf) for leaf in leaves(tier["requirement"])],
        }
        for tier in result["tiers"]
    ]


def requirement_result(node: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What came out for a node of a tree: the type RequirementResult."""
    if node is None:
        return None
    return {
        **node,
        "of": [requirement_result(inner) for inner in node["of"]],
        "result": node["result"] and condition_result(node["result"]),
    }


def condition_result(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What came out for a condition: the type ConditionResult."""
    return {
        **result,
        "buckets": [
            {**bucket, "from": bucket["from"] and _time(bucket["from"]), "to": _time(bucket["to"])}
            for bucket in result["buckets"]
        ],
        "contributors": [_contributor(record) for record in result["contributors"]],
    }


def _contributor(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "id": global_id("ActivityRecord", UUID(record["id"])),
        "kind": record["kind"],
        "code": record["code"],
        "quantity": record["quantity"],
        "amount": money(record["amount"], record["currencyCode"]),
        "occurredAt": _time(record["occurredAt"]),
    }


def effects_of(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What an evaluation did: the type EvaluationEffect."""
    return [
        {
            "effect": each["effect"],
            "data": {key: value for key, value in each.items() if key != "effect"},
        }
        for each in told
    ]
