"""A small program file that is right, for tests to break."""

import copy

DEALS = {
    "metric": "EVENT_COUNT",
    "label": "Ten deals",
    "filters": {"activity": "SALE"},
    "operator": "GTE",
    "threshold": 10,
    "window": {"kind": "LIFETIME"},
}
PAGE = {
    "metric": "ATTESTATION",
    "label": "A page",
    "filters": {"attestation": "PAGE"},
    "operator": "IS_TRUE",
}
MONEY = {
    "metric": "MONEY_SUM",
    "label": "Enough sold",
    "filters": {"revenue": "SOLD_ARR", "currency": "USD"},
    "operator": "GTE",
    "threshold": "1000",
    "window": {"kind": "ROLLING", "count": 12, "unit": "MONTH"},
}
TYPE = {
    "metric": "ATTRIBUTE",
    "label": "Integrators",
    "filters": {"attribute": "PARTNER_TYPE"},
    "operator": "IN",
    "threshold": ["VAR"],
}
SHARE = {"text": "20 %", "rate": 0.2, "term": "ONCE", "basis": "LIST_PRICE", "rateLock": "FLOATING"}
FILE = {
    "key": "ladder",
    "name": "Ladder",
    "partnerTypes": ["MSP"],
    "effectiveFrom": "2026-01-01",
    "policy": {
        "promotion": "IMMEDIATE",
        "retention": {"kind": "GRACE", "days": 30, "noticeDays": 10},
        "demotion": "ONE_STEP",
        "evaluateEvery": {"count": 1, "unit": "QUARTER"},
        "entryDeadline": {"days": 90, "action": "NOTIFY"},
        "certification": {"validity": {"count": 1, "unit": "YEAR"}},
        "programYearStart": "07-01",
    },
    "gate": TYPE,
    "tiers": [
        {"key": "low", "name": "Low", "color": "#AABBCC"},
        {"key": "high", "name": "High", "requirement": {"kind": "ALL", "of": [DEALS, PAGE, MONEY]}},
    ],
    "benefits": [
        {
            "key": "share",
            "name": "Share",
            "kind": "PERCENT_SHARE",
            "tiers": {"high": {"value": SHARE}},
        }
    ],
}
# The way to the conditions of the upper tier.
CONDITION = ["tiers", 1, "requirement", "of"]
REMOVE = object()


def changed_at(steps, value):
    """The file with another value at the end of `steps`, or without that key."""
    changed = copy.deepcopy(FILE)
    if not steps:
        return value
    at = changed
    for step in steps[:-1]:
        at = at[step]
    if value is REMOVE:
        del at[steps[-1]]
    else:
        at[steps[-1]] = value
    return changed
