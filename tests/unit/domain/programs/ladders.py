"""Small programs to try a condition or a policy on."""

from app.domain.programs.explaining import leaves
from app.domain.programs.parse import parse_program
from tests.unit.domain.programs.ledger import decide

EACH_MONTH = {"count": 1, "unit": "MONTH"}
POLICY = {
    "promotion": "IMMEDIATE",
    "retention": {"kind": "LIVE"},
    "demotion": "TO_QUALIFIED",
    "evaluateEvery": EACH_MONTH,
    "programYearStart": "07-15",
}
LIFETIME = {"kind": "LIFETIME"}
PAST_YEAR = {"kind": "ROLLING", "count": 12, "unit": "MONTH"}


def condition(metric, threshold=True, operator=None, window=None, **filters):
    """A condition as in a program file: IS_TRUE without a threshold, else GTE."""
    found = {"metric": metric, "label": f"{metric} {threshold}", "filters": filters}
    found["operator"] = operator or ("IS_TRUE" if threshold is True else "GTE")
    if threshold is not True:
        found["threshold"] = threshold
    return found | ({"window": window} if window else {})


def money(threshold, currency="USD", window=PAST_YEAR, revenue="SOLD_ARR", operator=None, **more):
    """A condition on money sold."""
    return condition(
        "MONEY_SUM", threshold, operator, window, revenue=revenue, currency=currency, **more
    )


def deals(threshold, window=LIFETIME, operator=None, activity="DEAL_REGISTRATION", **more):
    """A condition on how many there were of something."""
    return condition("EVENT_COUNT", threshold, operator, window, activity=activity, **more)


def all_of(*of):
    """All of these."""
    return {"kind": "ALL", "of": list(of)}


def ladder(*requirements, gate=None, **policy):
    """A program with a tier for each requirement; None is a tier that is open to all."""
    tiers = [
        {"key": f"tier-{rank}", "name": f"Tier {rank}", "requirement": requirement}
        for rank, requirement in enumerate(requirements, start=1)
    ]
    return parse_program(
        {
            "key": "ladder",
            "name": "Ladder",
            "effectiveFrom": "2024-01-01",
            "policy": POLICY | policy,
            "gate": gate,
            "tiers": tiers,
        }
    )


def result_of(wanted, moment, records=(), **how):
    """What there is to say of one condition, evaluated by itself."""
    policy = how.pop("policy", {})
    decision = decide(ladder(wanted, **policy), moment, records, **how)
    [found] = leaves(decision.result()["tiers"][0]["requirement"])
    return found


def reading_of(wanted, moment, records=(), **how):
    """The text of its value (None if it cannot be told) and whether it is met."""
    found = result_of(wanted, moment, records, **how)
    return found["value"] and found["value"]["text"], found["met"]
