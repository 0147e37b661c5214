"""Thresholds of conditions: reading, and writing for files and for people.

| operator | in the file |
|---|---|
| GTE, GT, LTE, LT, EQ | a number; for money in LOCAL currency a number for each: `{USD: 1000}` |
| BETWEEN | `{low: 1, high: 5}`, both included; not for money in LOCAL currency |
| EQ and IN of ATTRIBUTE, CONTAINS_ALL | a code; a list of codes |
| IS_TRUE | none: the key is left out |

`threshold: null` is an unpublished threshold. Leaving the key out is an error, so that none becomes
unpublished by mistake.
"""

from collections.abc import Mapping
from decimal import Decimal

from app.domain.partners import PartnerType
from app.domain.programs.location import Place, Reader, key_text, members, read
from app.domain.programs.metrics import METRICS
from app.domain.programs.model import (
    Between,
    ByCurrency,
    Json,
    JsonObject,
    Threshold,
    decimal_text,
)
from app.domain.programs.problems import ProblemKind
from app.domain.programs.reader_schemas import Schema, accepts, object_schema, schema_of
from app.domain.programs.readers import choice, code, currency, decimal, listed
from app.domain.programs.vocabulary import Capability, Metric, Operator, PartnerAttribute

_LIMIT = Decimal(10) ** 15
LOCAL = "LOCAL"


def read_threshold(
    metric: Metric, operator: Operator, filters: JsonObject, place: Place
) -> Threshold | None:
    """Read a threshold that is not null; None after noting a problem."""
    if operator is Operator.IS_TRUE:
        place.wrong(
            ProblemKind.NOT_APPLICABLE, "IS_TRUE compares with nothing.", "Remove the threshold."
        )
        return None
    if metric is Metric.ATTRIBUTE:
        word = _attribute_word(filters)
        return listed(word)(place) if operator is Operator.IN else word(place)
    if metric is Metric.CAPABILITIES:
        return listed(_capability)(place)
    number = _number(metric)
    if metric is Metric.MONEY_SUM and filters.get("currency") == LOCAL:
        return _by_currency(operator, number, place)
    return _between(number, place) if operator is Operator.BETWEEN else number(place)


def threshold_json(threshold: Threshold | None) -> Json:
    """Return a threshold as written in the file; None for an unpublished one."""
    match threshold:
        case Decimal():
            return decimal_text(threshold)
        case Between(low, high):
            return {"low": decimal_text(low), "high": decimal_text(high)}
        case ByCurrency(amounts):
            return {name: decimal_text(amounts[name]) for name in sorted(amounts)}
        case tuple():
            return list(threshold)
        case _:
            return threshold


def threshold_text(threshold: Threshold | None) -> str | None:
    """Return a threshold as text: "3", "1..5", "EUR 900, USD 1000", "LEADS, AFTER_SALES",
    "true".
    """
    match threshold_json(threshold):
        case None:
            return None
        case True:
            return "true"
        case {"low": low, "high": high}:
            return f"{low}..{high}"
        case dict() as amounts:
            return ", ".join(f"{name} {amount}" for name, amount in amounts.items())
        case list() as codes:
            return ", ".join(str(each) for each in codes)
        case single:
            return str(single)


def threshold_schema(metric: Metric) -> Schema:
    """Return the JSON Schema of a metric's thresholds, for any operator."""
    if metric is Metric.ATTRIBUTE:
        forms = [schema_of(code), schema_of(listed(code))]
    elif metric is Metric.CAPABILITIES:
        forms = [schema_of(listed(_capability))]
    else:
        number = schema_of(_number(metric))
        forms = [number, object_schema({"low": number, "high": number})]
        if metric is Metric.MONEY_SUM:
            names = {"pattern": "^[A-Z]{3}$"}
            each = {"propertyNames": names, "additionalProperties": number, "minProperties": 1}
            forms.append({"type": "object", **each})
    return {"anyOf": [*forms, {"type": "null"}]}


def _number(metric: Metric) -> Reader[Decimal]:
    rule = METRICS[metric]
    low = -_LIMIT if rule.negative else Decimal(0)
    return decimal(low, _LIMIT, places=0 if rule.whole else 6)


def _between(number: Reader[Decimal], place: Place) -> Between | None:
    keys = members(place, ["low", "high"])
    low, high = read(keys.get("low"), number), read(keys.get("high"), number)
    if low is None or high is None:
        return None
    if low > high:
        place.wrong(
            ProblemKind.OUT_OF_RANGE, "The low end is above the high end.", "Swap low and high."
        )
        return None
    return Between(low, high)


def _by_currency(operator: Operator, number: Reader[Decimal], place: Place) -> ByCurrency | None:
    if operator is Operator.BETWEEN:
        place.wrong(
            ProblemKind.NOT_APPLICABLE,
            "BETWEEN has no ranges by currency.",
            "Use two conditions with GTE and LTE under ALL.",
        )
        return None
    if not isinstance(place.value, Mapping) or not place.value:
        place.wrong_type("an amount for each currency, such as {USD: 1000, EUR: 900}")
        return None
    amounts: dict[str, Decimal] = {}
    for name, value in place.value.items():
        key = currency(place.at(key_text(name), name))
        amount = number(place.at(key_text(name), value))
        if key is not None and amount is not None:
            amounts[key] = amount
    return ByCurrency(amounts)


def _attribute_word(filters: JsonObject) -> Reader[str]:
    if filters.get("attribute") == PartnerAttribute.PARTNER_TYPE:
        return _partner_type
    return code


_type = choice(PartnerType)
_what_it_does = choice(Capability)


@accepts(schema_of(_type))
def _partner_type(place: Place) -> str | None:
    found = _type(place)
    return None if found is None else found.value


@accepts(schema_of(_what_it_does))
def _capability(place: Place) -> str | None:
    found = _what_it_does(place)
    return None if found is None else found.value
