"""The JSON Schema (2020-12) of program files, built from what their readers accept.

Editors use it to check a file while it is written. `parse_program` refuses everything that the
schema refuses, with two exceptions: a key whose value is null, and a number written as text with an
exponent. The parser checks more, such as the depth of a tree.
"""

import json
from typing import Any

from app.domain.partners import PartnerType
from app.domain.programs.benefit_reader import MAX_BENEFITS, benefit_description, benefit_name
from app.domain.programs.metrics import METRICS, filters_reference
from app.domain.programs.parse import (
    MAX_TIERS,
    description_text,
    partner_type_list,
    program_name,
    tier_name,
)
from app.domain.programs.policy_reader import MAX_DAYS, RETENTION_KEYS
from app.domain.programs.reader_schemas import Schema, object_schema, schema_of
from app.domain.programs.readers import choice, color, key_name, whole
from app.domain.programs.requirements import MAX_NODES, WINDOW_KEYS, label_text, window_count
from app.domain.programs.shape import shape_schema
from app.domain.programs.thresholds import threshold_schema
from app.domain.programs.times import moment, month_day, span
from app.domain.programs.values import VALUES
from app.domain.programs.vocabulary import (
    BenefitKind,
    DeadlineAction,
    Demotion,
    Metric,
    Operator,
    PartnerAttribute,
    PeriodUnit,
    Promotion,
    RequirementKind,
    RetentionKind,
    WindowKind,
)

_REQUIREMENT: Schema = {"$ref": "#/$defs/requirement"}
_SPAN: Schema = {"$ref": "#/$defs/span"}
_DAYS = schema_of(whole(1, MAX_DAYS))


def json_schema() -> dict[str, Any]:
    """Return the schema as plain JSON values."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Partnergraph tier program",
        "description": "A tier program: an ordered ladder of tiers, their benefits, the policy.",
        **object_schema(
            {
                "key": schema_of(key_name),
                "name": schema_of(program_name),
                "effectiveFrom": schema_of(moment),
                "policy": _policy(),
                "tiers": _list(_tier(), MAX_TIERS, minItems=1),
            },
            {
                "description": schema_of(description_text),
                "partnerTypes": schema_of(partner_type_list),
                "gate": _REQUIREMENT,
                "benefits": _list({"$ref": "#/$defs/benefit"}, MAX_BENEFITS),
            },
        ),
        "$defs": {
            "span": schema_of(span),
            "requirement": _requirement(),
            "condition": _condition(),
            "benefit": _benefit(),
            **{f"filters-{metric}": shape_schema(METRICS[metric].filters) for metric in Metric},
            **{f"value-{kind}": shape_schema(VALUES[kind]) for kind in BenefitKind},
        },
    }


def json_schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _policy() -> Schema:
    return object_schema(
        {
            "promotion": schema_of(choice(Promotion)),
            "retention": {"anyOf": [_retention(kind) for kind in RetentionKind]},
            "demotion": schema_of(choice(Demotion)),
            "evaluateEvery": _SPAN,
        },
        {
            "entryDeadline": object_schema(
                {"days": _DAYS, "action": schema_of(choice(DeadlineAction))}
            ),
            "certification": object_schema({"validity": _SPAN}, {"recertifyEvery": _SPAN}),
            "programYearStart": schema_of(month_day),
        },
    )


def _retention(kind: RetentionKind) -> Schema:
    of_key = {
        "kind": {"const": kind.value},
        "period": _SPAN,
        "days": _DAYS,
        "noticeDays": schema_of(whole(0, MAX_DAYS)),
    }
    return object_schema({key: of_key[key] for key in RETENTION_KEYS[kind]})


def _tier() -> Schema:
    return object_schema(
        {"key": schema_of(key_name), "name": schema_of(tier_name)},
        {"color": schema_of(color), "requirement": _REQUIREMENT},
    )


def _benefit() -> Schema:
    grant = object_schema({"value": {"type": "object"}}, {"condition": _REQUIREMENT})
    tiers = {
        "type": "object",
        "propertyNames": schema_of(key_name),
        "additionalProperties": grant,
    }
    return object_schema(
        {
            "key": schema_of(key_name),
            "name": schema_of(benefit_name),
            "kind": schema_of(choice(BenefitKind)),
        },
        {
            "description": schema_of(benefit_description),
            "condition": _REQUIREMENT,
            "tiers": tiers,
        },
        allOf=[_where("kind", kind, {"tiers": _values_of(kind)}) for kind in BenefitKind],
    )


def _values_of(kind: BenefitKind) -> Schema:
    value = {"$ref": f"#/$defs/value-{kind}"}
    return {"additionalProperties": {"properties": {"value": value}}}


def _requirement() -> Schema:
    nodes = _list(_REQUIREMENT, MAX_NODES, minItems=1)
    all_or_any = {"enum": [RequirementKind.ALL.value, RequirementKind.ANY.value]}
    return {
        "if": {"anyOf": [{"required": ["kind"]}, {"required": ["of"]}]},
        "then": {
            "anyOf": [
                object_schema({"kind": all_or_any, "of": nodes}),
                object_schema(
                    {
                        "kind": {"const": RequirementKind.AT_LEAST.value},
                        "atLeast": schema_of(whole(1, MAX_NODES)),
                        "of": nodes,
                    }
                ),
                object_schema(
                    {
                        "kind": {"const": RequirementKind.NOT.value},
                        "of": _list(_REQUIREMENT, 1, minItems=1),
                    }
                ),
            ]
        },
        "else": {"$ref": "#/$defs/condition"},
    }


def _condition() -> Schema:
    is_true = {"properties": {"operator": {"const": Operator.IS_TRUE.value}}}
    return object_schema(
        {
            "metric": schema_of(choice(Metric)),
            "label": schema_of(label_text),
            "operator": schema_of(choice(Operator)),
        },
        {"filters": {"type": "object"}, "threshold": {}, "window": {"type": "object"}},
        allOf=[
            {
                "if": is_true | {"required": ["operator"]},
                "then": {"properties": {"threshold": {"type": "null"}}},
                "else": {"required": ["threshold"]},
            },
            *(_of_metric(metric) for metric in Metric),
            _types_of_partners(),
        ],
    )


def _of_metric(metric: Metric) -> Schema:
    rule = METRICS[metric]
    found = _where(
        "metric",
        metric,
        {
            "operator": {"enum": [each.value for each in rule.operators]},
            "filters": filters_reference(metric),
            "window": {"anyOf": [_window(kind) for kind in rule.windows]},
            "threshold": threshold_schema(metric),
        },
    )
    needed = ["filters"] if rule.filters.required else []
    needed += [] if WindowKind.NOW in rule.windows else ["window"]
    return {**found, "then": {**found["then"], "required": needed}}


def _types_of_partners() -> Schema:
    """Return the schema for the one attribute whose values are a closed vocabulary."""
    words = [each.value for each in PartnerType]
    is_type = {"properties": {"attribute": {"const": PartnerAttribute.PARTNER_TYPE.value}}}
    closed = {"enum": [*words, None]}
    listed = {"type": "array", "items": {"enum": words}}
    return {
        "if": {"properties": {"filters": is_type | {"required": ["attribute"]}}}
        | {"required": ["filters"]},
        "then": {"properties": {"threshold": {"anyOf": [closed, listed]}}},
    }


def _window(kind: WindowKind) -> Schema:
    of_key = {
        "kind": {"const": kind.value},
        "count": schema_of(window_count),
        "unit": schema_of(choice(PeriodUnit)),
    }
    return object_schema({key: of_key[key] for key in WINDOW_KEYS.get(kind, ["kind"])})


def _where(key: str, value: str, properties: dict[str, Schema]) -> dict[str, Any]:
    """Return what the other keys must be if one key has a value."""
    return {
        "if": {"properties": {key: {"const": str(value)}}, "required": [key]},
        "then": {"properties": properties},
    }


def _list(items: Schema, at_most: int, **more: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": at_most, **more}
