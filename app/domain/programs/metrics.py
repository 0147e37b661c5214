"""The operators, windows, filters and unit of each metric.

| metric | value | filters (starred: required) |
|---|---|---|
| MONEY_SUM | money | revenue*, currency* (or LOCAL), motions, priceBasis, sources, products |
| EVENT_COUNT | events | activity*, sources, products |
| CERTIFIED_PEOPLE | distinct people | holdsAll, holdsAny (one of both*): valid certifications |
| ORGANISATION_CERTIFICATION | true or not | certification* |
| ATTESTATION | true or not: valid, with evidence | attestation* |
| ATTRIBUTE | a code | attribute* |
| CAPABILITIES | codes | |
| POINTS | weighted points | weights* |
| RATIO | a ratio | numerator*, denominator*: each `{metric, filters}` |
| GROWTH | a ratio, 0.10 is a tenth more than in the period before | of*: `{metric, filters}` |
| TENURE | time in the program | unit* |
| MANUAL | what the vendor set manually, with a reason | value*: its code |

Sums in one currency convert other currencies by dated rates; with LOCAL, each partner's own
currency counts and the threshold has an amount for each currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.programs.location import Place, members, read
from app.domain.programs.model import Json, JsonObject
from app.domain.programs.problems import ProblemKind
from app.domain.programs.reader_schemas import Schema, accepts, object_schema
from app.domain.programs.readers import (
    amount,
    choice,
    code,
    currency,
    currency_or_local,
    many,
    word,
)
from app.domain.programs.shape import Shape, read_shape, shape_schema
from app.domain.programs.times import moment_json
from app.domain.programs.vocabulary import (
    ActivityKind,
    Metric,
    Operator,
    PartnerAttribute,
    PeriodUnit,
    PriceBasis,
    Revenue,
    SaleMotion,
    WindowKind,
)

_NUMBERS = (
    Operator.GTE,
    Operator.GT,
    Operator.LTE,
    Operator.LT,
    Operator.EQ,
    Operator.BETWEEN,
)
_FLAG = (Operator.IS_TRUE,)
_OVER_TIME = (
    WindowKind.LIFETIME,
    WindowKind.ROLLING,
    WindowKind.CALENDAR,
    WindowKind.PROGRAM_YEAR,
    WindowKind.EACH_BUCKET,
)
_NOW = (WindowKind.NOW,)
# Growth needs a period of the same length before its own.
_COMPARED = (WindowKind.ROLLING, WindowKind.CALENDAR, WindowKind.PROGRAM_YEAR)


@dataclass(frozen=True, slots=True)
class MetricRule:
    """What may be combined with a metric. `whole`: its thresholds are whole numbers."""

    operators: tuple[Operator, ...]
    windows: tuple[WindowKind, ...]
    unit: str
    filters: Shape = field(default_factory=Shape)
    whole: bool = False
    negative: bool = False


_WEIGHT = Shape(
    required={"activity": word(ActivityKind), "points": amount, "effectiveFrom": moment_json},
    optional={
        "effectiveTo": moment_json,
        "perAmount": amount,
        "currency": currency,
        "cap": amount,
    },
)


@accepts(shape_schema(_WEIGHT))
def _weight(place: Place) -> Json:
    found = read_shape(place, _WEIGHT)
    if ("perAmount" in found) != ("currency" in found):
        place.wrong(
            ProblemKind.MISSING,
            "An amount and its currency go together.",
            "Give both perAmount and currency, or neither to give points for each event.",
        )
    if found.get("perAmount") == "0":
        place.wrong(
            ProblemKind.OUT_OF_RANGE,
            "Points for each amount of 0 are undefined.",
            "Give a perAmount above zero.",
        )
    return found


@dataclass(frozen=True, slots=True)
class Measure:
    """Reads a metric inside a metric: `{metric, filters}`, over the window of the outer one."""

    metrics: tuple[Metric, ...]

    def __post_init__(self) -> None:
        of_metric = (
            object_schema({"metric": {"const": each.value}}, {"filters": filters_reference(each)})
            for each in self.metrics
        )
        accepts({"anyOf": list(of_metric)})(self)

    def __call__(self, place: Place) -> Json:
        """Return the measure as JSON, or None after noting a problem."""
        keys = members(place, ["metric"], ["filters"])
        metric = read(keys.get("metric"), choice(Metric))
        if metric is None:
            return None
        if metric not in self.metrics:
            keys["metric"].wrong(
                ProblemKind.NOT_APPLICABLE,
                f"{metric} cannot be used inside another metric here.",
                f"Use one of: {', '.join(self.metrics)}.",
            )
            return None
        filters = read_filters(metric, keys.get("filters", place.at("filters", {})))
        return {"metric": metric.value, "filters": filters}


def filters_reference(metric: Metric) -> Schema:
    """Return the reference to a metric's filters in the JSON Schema of program files."""
    return {"$ref": f"#/$defs/filters-{metric.value}"}


def read_filters(metric: Metric, place: Place) -> JsonObject:
    """Read a metric's filters as canonical JSON. Problems are noted."""
    found = read_shape(place, METRICS[metric].filters)
    if metric is Metric.CERTIFIED_PEOPLE and _empty(place):
        place.wrong(
            ProblemKind.MISSING,
            "It is missing which certifications count.",
            "Give holdsAll, holdsAny or both.",
        )
    return found


def _empty(place: Place) -> bool:
    return isinstance(place.value, Mapping) and all(v is None for v in place.value.values())


_SUMS = (Metric.MONEY_SUM, Metric.EVENT_COUNT, Metric.POINTS)

METRICS: Mapping[Metric, MetricRule] = {
    Metric.MONEY_SUM: MetricRule(
        _NUMBERS,
        _OVER_TIME,
        "MONEY",
        Shape(
            required={"revenue": word(Revenue), "currency": currency_or_local},
            optional={
                "motions": many(word(SaleMotion)),
                "priceBasis": many(word(PriceBasis)),
                "sources": many(code),
                "products": many(code),
            },
        ),
    ),
    Metric.EVENT_COUNT: MetricRule(
        _NUMBERS,
        _OVER_TIME,
        "EVENT",
        Shape(
            required={"activity": word(ActivityKind)},
            optional={"sources": many(code), "products": many(code)},
        ),
        whole=True,
    ),
    Metric.CERTIFIED_PEOPLE: MetricRule(
        _NUMBERS,
        _NOW,
        "PERSON",
        Shape(optional={"holdsAll": many(code), "holdsAny": many(code)}),
        whole=True,
    ),
    Metric.ORGANISATION_CERTIFICATION: MetricRule(
        _FLAG, _NOW, "FLAG", Shape(required={"certification": code})
    ),
    Metric.ATTESTATION: MetricRule(_FLAG, _NOW, "FLAG", Shape(required={"attestation": code})),
    Metric.ATTRIBUTE: MetricRule(
        (Operator.EQ, Operator.IN),
        _NOW,
        "CODE",
        Shape(required={"attribute": word(PartnerAttribute)}),
    ),
    Metric.CAPABILITIES: MetricRule((Operator.CONTAINS_ALL,), _NOW, "CODE"),
    Metric.POINTS: MetricRule(
        _NUMBERS, _OVER_TIME, "POINT", Shape(required={"weights": many(_weight)})
    ),
    Metric.RATIO: MetricRule(
        _NUMBERS,
        _OVER_TIME,
        "RATIO",
        Shape(
            required={
                "numerator": Measure((*_SUMS, Metric.CERTIFIED_PEOPLE)),
                "denominator": Measure((*_SUMS, Metric.CERTIFIED_PEOPLE)),
            }
        ),
    ),
    Metric.GROWTH: MetricRule(
        _NUMBERS, _COMPARED, "RATIO", Shape(required={"of": Measure(_SUMS)}), negative=True
    ),
    Metric.TENURE: MetricRule(
        _NUMBERS, _NOW, "TIME", Shape(required={"unit": word(PeriodUnit)}), whole=True
    ),
    Metric.MANUAL: MetricRule((*_NUMBERS, *_FLAG), _NOW, "NUMBER", Shape(required={"value": code})),
}


def unit_of(metric: Metric, operator: Operator, filters: JsonObject) -> str:
    """Return the unit of a condition's value: an ISO 4217 code, LOCAL, DAY ... YEAR, or the
    metric's.
    """
    if operator is Operator.IS_TRUE:
        return "FLAG"
    named = filters.get("currency" if metric is Metric.MONEY_SUM else "unit")
    return named if isinstance(named, str) else METRICS[metric].unit
