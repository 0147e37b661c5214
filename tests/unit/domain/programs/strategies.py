"""Program files of every kind that the format allows, for Hypothesis."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from app.domain.characters import is_blank, unreadable_character
from app.domain.partners import PartnerType
from app.domain.programs.metrics import METRICS
from app.domain.programs.values import VALUES
from app.domain.programs.vocabulary import (
    ActivityKind,
    BenefitKind,
    Capability,
    DeadlineAction,
    Demotion,
    Fund,
    Metric,
    Operator,
    PartnerAttribute,
    PeriodUnit,
    PriceBasis,
    Promotion,
    RateLock,
    Revenue,
    SaleMotion,
    ShareBasis,
    ShareTerm,
    WindowKind,
)


def words(vocabulary):
    return st.sampled_from([member.value for member in vocabulary])


def some(values):
    return st.lists(
        values, min_size=1, max_size=3, unique_by=lambda v: json.dumps(v, sort_keys=True)
    )


def is_readable(text: str) -> bool:
    """Whether a name in a program file may be this text."""
    return not is_blank(text) and unreadable_character(text.strip(), lines=False) is None


texts = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(
    is_readable
)
codes = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
currencies = st.sampled_from(["USD", "EUR", "AUD"])
amounts = st.decimals(0, 10**9, places=2).map(str)
rates = st.decimals(0, 1, places=4).map(str)
days = st.dates(datetime(2000, 1, 1).date(), datetime(2090, 1, 1).date()).map(str)  # noqa: DTZ001
moments = days | st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=10))]),
).map(datetime.isoformat)
spans = st.fixed_dictionaries({"count": st.integers(1, 24), "unit": words(PeriodUnit)})
weights = st.fixed_dictionaries(
    {"activity": words(ActivityKind), "points": amounts, "effectiveFrom": days},
    optional={"effectiveTo": days, "cap": amounts},
)
event_count = st.fixed_dictionaries(
    {
        "metric": st.just("EVENT_COUNT"),
        "filters": st.fixed_dictionaries({"activity": words(ActivityKind)}),
    }
)
# What may stand under each key of filters and values, whichever metric or kind it is of.
KEYS = {
    "revenue": words(Revenue),
    "currency": currencies,
    "motions": some(words(SaleMotion)),
    "priceBasis": some(words(PriceBasis)),
    "sources": some(codes),
    "products": some(codes),
    "activity": words(ActivityKind),
    "holdsAll": some(codes),
    "holdsAny": some(codes),
    "certification": codes,
    "attestation": codes,
    "attribute": words([PartnerAttribute.REGION]),
    "weights": some(weights),
    "numerator": event_count,
    "denominator": event_count,
    "of": event_count,
    "unit": words(PeriodUnit),
    "value": codes,
    "text": texts,
    "rate": rates,
    "term": words(ShareTerm),
    "basis": words(ShareBasis),
    "rateLock": words(RateLock),
    "quantity": st.integers(1, 100),
    "per": spans,
    "every": spans,
    "role": codes,
    "level": codes,
    "responseHours": st.integers(1, 100),
    "directory": codes,
    "placement": codes,
    "badge": codes,
    "priority": st.integers(1, 10),
    "fund": words(Fund),
    "amount": amounts,
    "content": some(codes),
    "courses": some(codes),
}


def shaped(shape):
    return st.fixed_dictionaries(
        {key: KEYS[key] for key in shape.required},
        optional={key: KEYS[key] for key in shape.optional},
    )


def windows(kinds):
    def of(kind):
        keys = {"kind": st.just(kind.value)}
        if kind in (WindowKind.ROLLING, WindowKind.EACH_BUCKET, WindowKind.CALENDAR):
            keys["unit"] = words(PeriodUnit)
        if kind in (WindowKind.ROLLING, WindowKind.EACH_BUCKET):
            keys["count"] = st.integers(1, 36)
        return st.fixed_dictionaries(keys)

    return st.sampled_from(kinds).flatmap(of)


@st.composite
def conditions(draw):
    metric = draw(st.sampled_from(Metric))
    rule = METRICS[metric]
    operator = draw(st.sampled_from(rule.operators))
    found = {
        "metric": metric.value,
        "label": draw(texts),
        "operator": operator.value,
        "filters": draw(shaped(rule.filters)),
        "window": draw(windows(rule.windows)),
    }
    if metric is Metric.CERTIFIED_PEOPLE:
        found["filters"].setdefault("holdsAll", ["SALES"])
    if operator is Operator.IS_TRUE:
        return found
    numbers = st.integers(0, 10**6) if rule.whole else amounts
    if metric is Metric.MONEY_SUM and operator is not Operator.BETWEEN and draw(st.booleans()):
        found["filters"]["currency"] = "LOCAL"
        thresholds = st.dictionaries(currencies, numbers, min_size=1)
    elif operator is Operator.BETWEEN:
        low, high = sorted([draw(numbers), draw(numbers)], key=Decimal)
        thresholds = st.just({"low": low, "high": high})
    elif metric is Metric.CAPABILITIES:
        thresholds = some(words(Capability))
    elif metric is Metric.ATTRIBUTE:
        thresholds = some(codes) if operator is Operator.IN else codes
    else:
        thresholds = numbers
    return found | {"threshold": draw(st.none() | thresholds)}


@st.composite
def groups(draw, nodes):
    kind = draw(st.sampled_from(["ALL", "ANY", "AT_LEAST", "NOT"]))
    of = draw(st.lists(nodes, min_size=1, max_size=1 if kind == "NOT" else 3))
    found = {"kind": kind, "of": of}
    return found | ({"atLeast": draw(st.integers(1, len(of)))} if kind == "AT_LEAST" else {})


requirements = conditions() | groups(conditions() | groups(conditions()))
retentions = st.one_of(
    st.just({"kind": "LIVE"}),
    st.fixed_dictionaries({"kind": st.just("PERIOD_HOLD"), "period": spans}),
    st.fixed_dictionaries(
        {"kind": st.just("GRACE"), "days": st.just(30), "noticeDays": st.integers(0, 30)}
    ),
)
policies = st.fixed_dictionaries(
    {
        "promotion": words(Promotion),
        "retention": retentions,
        "demotion": words(Demotion),
        "evaluateEvery": spans,
        "programYearStart": st.sampled_from(["01-01", "07-01", "02-28"]),
    },
    optional={
        "entryDeadline": st.fixed_dictionaries(
            {"days": st.integers(1, 365), "action": words(DeadlineAction)}
        ),
        "certification": st.fixed_dictionaries(
            {"validity": spans}, optional={"recertifyEvery": spans}
        ),
    },
)


@st.composite
def programs(draw):
    tiers = [
        draw(st.fixed_dictionaries({"name": texts}, optional={"requirement": requirements}))
        | {"key": f"tier-{index}"}
        for index in range(draw(st.integers(1, 3)))
    ]
    benefits = []
    for index in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(BenefitKind))
        grant = st.fixed_dictionaries(
            {"value": shaped(VALUES[kind])}, optional={"condition": requirements}
        )
        shown = {"key": f"benefit-{index}", "name": draw(texts), "kind": kind.value}
        given_by = draw(st.dictionaries(st.sampled_from([t["key"] for t in tiers]), grant))
        benefits.append(shown | {"tiers": given_by})
    return draw(
        st.fixed_dictionaries(
            {
                "key": st.just("ladder"),
                "name": texts,
                "effectiveFrom": moments,
                "policy": policies,
                "tiers": st.just(tiers),
                "benefits": st.just(benefits),
            },
            optional={
                "description": texts,
                "partnerTypes": some(words(PartnerType)),
                "gate": requirements,
            },
        )
    )
