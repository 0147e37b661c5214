"""Programs that are well formed and make no sense, each told with place, value and remedy."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.programs.lints import lint
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProblemKind
from app.programs import load_preset, preset_keys
from tests.unit.domain.programs.sample import FILE

LIFETIME = {"kind": "LIFETIME"}
MONTHLY = {"kind": "EACH_BUCKET", "count": 3, "unit": "MONTH"}


def sales(operator, threshold, window=LIFETIME, **filters):
    return {
        "metric": "EVENT_COUNT",
        "label": f"Sales {operator} {threshold}",
        "filters": {"activity": "SALE", **filters},
        "operator": operator,
        "threshold": threshold,
        "window": window,
    }


def money(operator, threshold, currency="USD"):
    return {
        "metric": "MONEY_SUM",
        "label": f"Sold {operator} {threshold}",
        "filters": {"revenue": "SOLD_ARR", "currency": currency},
        "operator": operator,
        "threshold": threshold,
        "window": LIFETIME,
    }


def people(operator, threshold):
    return {
        "metric": "CERTIFIED_PEOPLE",
        "label": f"People {operator} {threshold}",
        "filters": {"holdsAll": ["SALES", "TECHNICAL"]},
        "operator": operator,
        "threshold": threshold,
    }


def types(*names, operator="IN"):
    return {
        "metric": "ATTRIBUTE",
        "label": f"Type {operator} {' '.join(names)}",
        "filters": {"attribute": "PARTNER_TYPE"},
        "operator": operator,
        "threshold": list(names) if operator == "IN" else names[0],
    }


def region(*names):
    return types(*names) | {"filters": {"attribute": "REGION"}}


def does(*codes):
    return {
        "metric": "CAPABILITIES",
        "label": f"Does {' '.join(codes)}",
        "operator": "CONTAINS_ALL",
        "threshold": list(codes),
    }


def page(name="PAGE"):
    return {
        "metric": "ATTESTATION",
        "label": f"A {name}",
        "filters": {"attestation": name},
        "operator": "IS_TRUE",
    }


def every(*nodes):
    return {"kind": "ALL", "of": list(nodes)}


def any_of(*nodes):
    return {"kind": "ANY", "of": list(nodes)}


def at_least(count, *nodes):
    return {"kind": "AT_LEAST", "atLeast": count, "of": list(nodes)}


def no(node):
    return {"kind": "NOT", "of": [node]}


def ladder(*requirements, **changes):
    """A program with these tiers from the lowest up; None is open to all."""
    tiers = [
        {"key": f"tier-{rank}", "name": f"Tier {rank}"}
        | ({"requirement": requirement} if requirement else {})
        for rank, requirement in enumerate(requirements, start=1)
    ]
    plain = {key: FILE[key] for key in ("key", "name", "effectiveFrom", "policy")}
    return parse_program({**plain, "tiers": tiers, **copy.deepcopy(changes)})


def found(program):
    problems = lint(program)
    assert all(each.message.endswith(".") and each.remedy.endswith(".") for each in problems)
    return [(each.kind.value, each.path) for each in problems]


AT = "tiers[1].requirement"


@pytest.mark.parametrize(
    ("requirement", "path"),
    [
        (every(sales("GTE", 5), sales("LT", 3)), ".of[1]"),
        (every(sales("GTE", 5), sales("LT", 5)), ".of[1]"),
        (every(sales("GT", 4), sales("LT", 5)), ".of[1]"),
        (every(sales("EQ", 1), sales("EQ", 2)), ".of[1]"),
        (every(sales("BETWEEN", {"low": 1, "high": 3}), sales("GTE", 4)), ".of[1]"),
        (every(sales("GTE", 5), page(), every(sales("LTE", 4))), ".of[2].of[0]"),
        (every(sales("GTE", 5), no(sales("GTE", 2))), ".of[1].of[0]"),
        (every(page(), no(page())), ".of[1].of[0]"),
        (every(sales("GTE", 5), any_of(sales("LT", 2), sales("EQ", 3))), ".of[1].of[0]"),
        (
            every(sales("GTE", 5), at_least(2, sales("LT", 2), page(), sales("LT", 1))),
            ".of[1].of[0]",
        ),
        (at_least(2, every(sales("GTE", 5), sales("LT", 2)), page()), ".of[0].of[1]"),
        (no(any_of(page(), no(page()))), ".of[0].of[1].of[0]"),
        (every(sales("GTE", 5, MONTHLY), sales("LT", 5, MONTHLY)), ".of[1]"),
        (every(money("GT", 5), money("LTE", 5)), ".of[1]"),
        (
            every(
                money("GTE", {"USD": 5, "EUR": 5}, "LOCAL"),
                money("LT", {"USD": 5, "AUD": 9}, "LOCAL"),
            ),
            ".of[1]",
        ),
        (every(region("EMEA"), region("APAC")), ".of[1]"),
        (
            every(types("VAR", "MSP"), no(types("VAR")), no(types("MSP", operator="EQ"))),
            ".of[2].of[0]",
        ),
        (every(does("LEADS", "IMPLEMENTS"), no(does("LEADS"))), ".of[1].of[0]"),
        (people("LT", 0), ""),
    ],
)
def test_a_tier_that_nobody_can_reach_is_told_at_the_condition(requirement, path):
    program = ladder(None, requirement)
    assert found(program) == [("UNREACHABLE_TIER", AT + path)]
    [problem] = lint(program)
    assert problem.message.startswith("No partner can reach Tier 2: ")
    assert "can never hold" in problem.message


@pytest.mark.parametrize(
    "requirement",
    [
        every(sales("GTE", 5), sales("LTE", 5)),
        every(sales("GTE", 5), sales("LT", 3, products=["A"])),
        every(sales("GTE", 5), sales("LT", 3, MONTHLY)),
        every(sales("GTE", 5), sales("LT", None)),
        every(sales("GTE", None), no(sales("GTE", None))),
        every(money("GT", 4), money("LT", 5)),
        every(money("GT", 4), money("LT", -1 + 2)) | {"kind": "ANY"},
        any_of(sales("GTE", 5), sales("LT", 3)),
        at_least(1, sales("GTE", 5), sales("LT", 3)),
        at_least(2, page(), page("OTHER"), sales("LT", 3)),
        # Some month has fewer than five, and each has three.
        every(sales("GTE", 3, MONTHLY), no(sales("GTE", 5, MONTHLY))),
        # A sum may fall below zero when a sale is reversed.
        money("LT", 0),
        every(no(region("EMEA")), no(region("APAC"))),
        every(does("LEADS"), no(does("LEADS", "IMPLEMENTS"))),
        every(money("GTE", {"USD": 5}, "LOCAL"), no(money("GTE", {"EUR": 5}, "LOCAL"))),
    ],
)
def test_a_tier_that_somebody_may_reach_is_let_be(requirement):
    assert found(ladder(None, requirement)) == []


def test_the_message_names_both_conditions():
    [problem] = lint(ladder(None, every(sales("GTE", 5), sales("LT", 3))))
    assert problem.message == (
        "No partner can reach Tier 2: “Sales GTE 5” and “Sales LT 3” can never hold together."
    )
    assert problem.value == "3"


def test_a_type_that_the_program_does_not_take_is_told():
    vars_only = {"partnerTypes": ["VAR"]}
    assert found(ladder(None, types("MSP", "MSSP"), **vars_only)) == [("UNREACHABLE_TIER", AT)]
    assert found(ladder(None, every(types("MSP", "VAR"), page()), **vars_only)) == []
    assert found(ladder(None, no(types("VAR")), **vars_only)) == [
        ("UNREACHABLE_TIER", f"{AT}.of[0]")
    ]


def test_a_gate_that_nobody_passes_is_told_once():
    gate = every(sales("GTE", 5), sales("LT", 3))
    assert found(ladder(None, sales("GTE", 1), gate=gate)) == [("UNREACHABLE_TIER", "gate.of[1]")]


def test_a_tier_that_contradicts_the_gate_is_told():
    assert found(ladder(None, sales("LT", 3), gate=sales("GTE", 5))) == [("UNREACHABLE_TIER", AT)]


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (sales("GTE", 5), sales("GTE", 5)),
        (sales("GTE", 5), None),
        (None, None),
        (every(sales("GTE", 5), page()), page()),
        (every(sales("GTE", 5), page()), every(page(), sales("GTE", 5))),
        (page(), any_of(page(), sales("GTE", 5))),
        (every(page(), page("OTHER")), at_least(1, page(), sales("GTE", 5))),
        (sales("GTE", 5, MONTHLY), sales("GTE", 5, MONTHLY)),
        (does("LEADS", "IMPLEMENTS"), does("LEADS")),
        (types("VAR"), types("VAR", "MSP")),
        (sales("GT", 4), sales("GTE", 5)),
    ],
)
def test_a_tier_whose_partners_are_all_in_a_higher_one_is_told(lower, higher):
    at = "tiers[0].requirement" if lower else "tiers[0]"
    program = ladder(lower, higher)
    assert found(program) == [("UNREACHABLE_TIER", at)]
    assert "of the higher tier Tier 2" in lint(program)[0].message


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (None, page()),
        (sales("GTE", 5), sales("GTE", 6)),
        (sales("GTE", None), sales("GTE", None)),
        (page(), every(page(), sales("GTE", 5))),
        (any_of(page(), sales("GTE", 5)), page()),
        (does("MANAGES_DEALS"), does("CLOSES_DEALS")),
    ],
)
def test_a_ladder_that_rises_is_let_be(lower, higher):
    assert found(ladder(lower, higher)) == []


def test_a_gate_can_make_a_tier_superfluous():
    assert found(ladder(page(), every(page(), sales("GTE", 5)), gate=sales("GTE", 6))) == [
        ("UNREACHABLE_TIER", "tiers[0].requirement")
    ]


def test_a_threshold_that_falls_with_rank_is_told_at_the_threshold():
    program = ladder(
        None, every(page(), money("GTE", 1000)), every(money("GTE", "900.5"), people("GTE", 2))
    )
    assert found(program) == [("FALLING_THRESHOLD", "tiers[2].requirement.of[0].threshold")]
    [problem] = lint(program)
    assert problem.value == "900.5"
    assert problem.message == (
        "Tier 3 asks for 900.5, less than the 1000 of the lower tier Tier 2 (“Sold GTE 1000”)."
    )
    assert problem.remedy == "Give at least 1000, or lower that of Tier 2."


def test_a_threshold_that_falls_is_told_for_its_currency():
    low, high = ({"USD": 1000, "EUR": 900}, {"USD": 2000, "EUR": 800})
    program = ladder(None, money("GTE", low, "LOCAL"), money("GTE", high, "LOCAL"))
    assert found(program) == [("FALLING_THRESHOLD", "tiers[2].requirement.threshold.EUR")]


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (sales("GTE", 5), every(sales("GTE", 4, products=["A"]), page())),
        (sales("GTE", 5), every(sales("GTE", 4, MONTHLY), page())),
        (every(sales("GTE", 5), page("X")), any_of(every(sales("GTE", 4), page("Z")), page())),
        (every(sales("GTE", None), page("X")), every(sales("GTE", 4), page())),
        (every(money("GTE", 5), page("X")), every(money("GTE", 4, "EUR"), page())),
    ],
)
def test_thresholds_of_different_things_are_not_compared(lower, higher):
    assert found(ladder(None, lower, higher)) == []


def benefits(condition=None, grant=None):
    given_by = {"tier-1": {"value": {"text": "Yes"}} | ({"condition": grant} if grant else {})}
    benefit = {"key": "help", "name": "Help", "kind": "ENTITLEMENT", "tiers": given_by}
    return {"benefits": [benefit | ({"condition": condition} if condition else {})]}


def test_a_benefit_that_nobody_can_get_is_told():
    never = every(sales("GTE", 5), sales("LT", 3))
    assert found(ladder(None, **benefits(never))) == [
        ("IMPOSSIBLE_CONDITION", "benefits[0].condition.of[1]")
    ]
    assert found(ladder(None, **benefits(page(), never))) == [
        ("IMPOSSIBLE_CONDITION", "benefits[0].tiers.tier-1.condition.of[1]")
    ]
    assert found(ladder(None, partnerTypes=["VAR"], **benefits(types("MSP")))) == [
        ("IMPOSSIBLE_CONDITION", "benefits[0].condition")
    ]


def weight(start, end=None, **more):
    return {"activity": "SALE", "points": 5, "effectiveFrom": start, **more} | (
        {"effectiveTo": end} if end else {}
    )


def points(*weights):
    return {
        "metric": "POINTS",
        "label": "Points",
        "filters": {"weights": list(weights)},
        "operator": "GTE",
        "threshold": 10,
        "window": LIFETIME,
    }


IN_USD = {"perAmount": 100, "currency": "USD"}
IN_EUR = {"perAmount": 100, "currency": "EUR"}
OVERLAP = "OVERLAPPING_PERIODS"
LIST = "tiers[1].requirement.filters.weights"


@pytest.mark.parametrize(
    ("weights", "problems"),
    [
        ([weight("2026-01-01", "2026-07-01"), weight("2026-07-01")], []),
        (
            [weight("2026-01-01", "2026-07-02"), weight("2026-07-01")],
            [(OVERLAP, f"{LIST}[1].effectiveFrom")],
        ),
        (
            [weight("2026-01-01"), weight("2027-01-01", points=6)],
            [(OVERLAP, f"{LIST}[1].effectiveFrom")],
        ),
        (
            [weight("2027-01-01"), weight("2026-01-01", "2027-01-01T00:00:01Z")],
            [(OVERLAP, f"{LIST}[1].effectiveFrom")],
        ),
        ([weight("2026-01-01", **IN_USD), weight("2026-01-01", **IN_EUR)], []),
        (
            [weight("2026-01-01", **IN_USD), weight("2026-02-01", **IN_USD)],
            [(OVERLAP, f"{LIST}[1].effectiveFrom")],
        ),
        ([weight("2026-01-01"), weight("2026-01-01", activity="REFERRAL")], []),
        (
            [weight("2026-01-01", "2026-01-01")],
            [("EMPTY_PERIOD", f"{LIST}[0].effectiveTo")],
        ),
        (
            [weight("2026-01-02", "2026-01-01"), weight("2025-01-01")],
            [("EMPTY_PERIOD", f"{LIST}[0].effectiveTo")],
        ),
    ],
)
def test_weights_that_count_twice_or_never_are_told(weights, problems):
    assert found(ladder(None, points(*weights))) == problems


def test_weights_inside_a_ratio_are_looked_at():
    measure = {"metric": "POINTS", "filters": {"weights": [weight("2026-01-02", "2026-01-01")]}}
    ratio = {
        "metric": "RATIO",
        "label": "A ratio",
        "filters": {"numerator": measure, "denominator": measure},
        "operator": "GTE",
        "threshold": "0.5",
        "window": LIFETIME,
    }
    at = "tiers[1].requirement.of[0].filters"
    assert found(ladder(None, any_of(ratio))) == [
        ("EMPTY_PERIOD", f"{at}.numerator.filters.weights[0].effectiveTo"),
        ("EMPTY_PERIOD", f"{at}.denominator.filters.weights[0].effectiveTo"),
    ]


@pytest.mark.parametrize("key", preset_keys())
def test_the_presets_make_sense(key):
    assert lint(parse_program(load_preset(key))) == []


# A requirement over one number, one flag and one set can be tried out on every partner there is.
leaves = st.one_of(
    st.builds(sales, st.sampled_from(["GTE", "GT", "LTE", "LT", "EQ"]), st.integers(0, 4)),
    st.just(page()),
    st.builds(
        lambda codes: does(*sorted(codes)),
        st.sets(st.sampled_from(["LEADS", "IMPLEMENTS"]), min_size=1),
    ),
    st.builds(
        lambda names: types(*sorted(names)), st.sets(st.sampled_from(["VAR", "MSP"]), min_size=1)
    ),
)


def _group(nodes):
    some = st.lists(nodes, min_size=1, max_size=3)
    return st.one_of(
        some.map(lambda of: every(*of)),
        some.map(lambda of: any_of(*of)),
        some.flatmap(lambda of: st.integers(1, len(of)).map(lambda n: at_least(n, *of))),
        nodes.map(no),
    )


trees = st.one_of(leaves, _group(leaves), _group(leaves | _group(leaves)))
PARTNERS = [
    (count, has_page, frozenset(codes), type_)
    for count in range(-1, 6)
    for has_page in (False, True)
    for codes in ([], ["LEADS"], ["IMPLEMENTS"], ["LEADS", "IMPLEMENTS"])
    for type_ in ("VAR", "MSP")
]


def holds(node, partner):
    if "of" in node:
        held = sum(holds(each, partner) for each in node["of"])
        size = len(node["of"])
        wanted = {"ALL": size, "ANY": 1}.get(node["kind"], node.get("atLeast", 0))
        return held == 0 if node["kind"] == "NOT" else held >= wanted
    count, has_page, codes, type_ = partner
    threshold = node.get("threshold")
    match node["metric"]:
        case "ATTESTATION":
            return has_page
        case "CAPABILITIES":
            return set(threshold) <= codes
        case "ATTRIBUTE":
            return type_ in threshold
    return {
        "GTE": count >= threshold,
        "GT": count > threshold,
        "LTE": count <= threshold,
        "LT": count < threshold,
        "EQ": count == threshold,
    }[node["operator"]]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, trees)
def test_nothing_that_can_happen_is_called_impossible(lower, higher):
    program = ladder(lower, higher, partnerTypes=["VAR", "MSP"])
    reached = {
        0 if not holds(higher, partner) else 1
        for partner in PARTNERS
        if holds(lower, partner) or holds(higher, partner)
    }
    for problem in lint(program):
        if problem.kind is ProblemKind.UNREACHABLE_TIER:
            assert int(problem.path[len("tiers[")]) not in reached
