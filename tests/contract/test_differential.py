"""Planned reads and the reference answer alike, whatever is asked: see `tests.reference`.

DIFFERENTIAL_EXAMPLES asks for more documents, DIFFERENTIAL_SEED for others.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from itertools import product
from random import Random
from typing import Any

import pytest
from graphql import DocumentNode, build_schema, print_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app.context import Runtime
from app.demo import load_demo
from app.graphql.endpoint import ApiSchema, api_schema
from app.persistence.database import Database
from app.settings import Settings
from schema.type_catalogue import build_catalogue
from tests.conftest import ManualClock, empty
from tests.contract.generated import bases, vary
from tests.reference.comparison import Answer, Pair, same
from tests.reference.fields import reference_schema
from tests.reference.population import populate
from tests.reference.shrinking import reduce

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SETTINGS = Settings(explorer=True, cost_budget=0)
PLANNED = api_schema(SETTINGS)
SDL = build_schema(print_schema(PLANNED._schema))
# Documents made of the fields of one example; on PostgreSQL of two.
VARIATIONS = 16
EXAMPLES = int(os.environ.get("DIFFERENTIAL_EXAMPLES", "2000")) // VARIATIONS
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "3"))


# Where a parent has become null, the stock executor drops what it has not begun.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture(scope="module")
def reference() -> ApiSchema:
    return reference_schema(PLANNED, SETTINGS)


@pytest.fixture(scope="module")
async def pair(migrated: Database, reference: ApiSchema) -> AsyncIterator[Pair]:
    await empty(migrated)
    await load_demo(migrated, now=NOW)
    runtime = Runtime(SETTINGS, migrated, ManualClock(NOW), catalogue=build_catalogue(PLANNED))
    population = await populate(migrated, runtime.catalogue)
    yield Pair(runtime, PLANNED, reference, population, {}, Counter())
    await empty(migrated)


@seed(SEED)
@settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(asked=st.lists(bases(SDL), min_size=1, max_size=2), number=st.integers(0, 2**32))
async def test_generated_documents_have_the_same_answer(
    asked: list[DocumentNode], number: int, pair: Pair
):
    random = Random(number)
    on_sqlite = pair.runtime.database.dialect == "sqlite"
    for _ in range(VARIATIONS if on_sqlite else 2):
        actors = [pair.population.anyone(random) for _ in range(2)]
        document, values = vary(asked, SDL, pair.population, actors[0], random)
        for actor, variables in [*product(actors[:1], values), (actors[1], values[0])]:
            await compare(pair, actor, document, variables)


async def test_the_generated_documents_ask_for_something(pair: Pair):
    """Else equal answers would mean nothing."""
    tally = pair.tally
    if not tally:
        pytest.skip("This looks at what the test above has asked.")
    assert tally["executed"] > 0.8 * tally["answers"]
    assert tally["with data"] > 0.4 * tally["answers"]
    assert tally["with errors"] > 0.02 * tally["answers"]


def case(name: str, actor: str, document: str, wrong: str = "", **variables: Any) -> Any:
    """A difference that was found, or nearly; `wrong` says what the planned path still does."""
    marks = [pytest.mark.xfail(reason=wrong, strict=True, raises=AssertionError)] if wrong else []
    return pytest.param(actor, document, variables, id=name, marks=marks)


MEASURED = """query($days: Int = 90, $key: String, $at: DateTime!) {
  partners(first: 5) { nodes {
    slug
    a: tierProgress(horizonDays: $days, program: $key) { ...Progress chart }
    b: tierProgress { ...Progress nextTierRequirement { kind of { label met result { label } } } }
    benefits(program: $key) {
      id programKey held whyNot value
      tier { key name rank } benefit { __typename id key kind description } condition { label }
    }
    standingAsOf(at: $at, program: $key) { since tier { key } decision { reason } }
  } }
}
fragment Progress on TierProgress {
  programKey programName asOf awaitingApproval tier { key name rank } nextTier { key }
  gap {
    label metric operator unit met records unconverted
    value { text number flag codes } threshold { text } remaining { text }
    buckets { from to value { text } }
    contributors { id kind code quantity occurredAt amount { amount currencyCode } }
  }
  gate { kind label met result { label met } }
  expiring { withinDays on label unit tiers valueNow { text } valueThen { text } thresholdMissed }
}"""
CASES = [
    case(
        "a page by time of which nobody asks for cursors",
        "vendor_admin",
        "{ clients(first: 1, orderBy: {field: CREATED_AT}) { pageInfo { hasNextPage } } }",
    ),
    case(
        "an argument of an inner field is null by a variable",
        "vendor_admin",
        "query($d: OrderDirection = ASC) { partners(first: 2) { nodes {"
        " advisors(orderBy: {field: NAME, direction: $d}) { totalCount } } } }",
        d=None,
    ),
    case(
        "a directive below an object that is not there is null by a variable",
        "vendor_admin",
        'query($d: Boolean = true) { partner(slug: "none") { slug @include(if: $d) } }',
        wrong="collects what is selected below before it knows whether anything is there",
        d=None,
    ),
    case(
        "a directive below an object that is there is null by a variable",
        "vendor_admin",
        "query($d: Boolean = true) { clients(first: 1) { nodes { id name @include(if: $d) } } }",
        wrong="collects the whole selection at once: the error is the root field's",
        d=None,
    ),
    case(
        "an app may not read what some objects refer to and others do not",
        "app of the partner: clients",
        "{ clients(first: 100) { nodes { id template { id } } } }",
    ),
    case(
        "two fields fail that may not be null",
        "app of the partner: partners",
        "{ partners(first: 2) { nodes { templates { totalCount } benefits { id }"
        " standing { id } } } }",
    ),
    case(
        "two root fields fail that may not be null",
        "app of the vendor: partners",
        '{ partners(where: {tier: ["gold"]}) { totalCount } clients { totalCount } }',
    ),
    case(
        "a page argument is wrong where no object is",
        "vendor_admin",
        '{ partner(slug: "none") { clients(first: 0) { totalCount } } }',
    ),
    case(
        "measured for several partners, by alias, argument and variable",
        "vendor_admin",
        MEASURED,
        days=45,
        key="sixclicks",
        at="2026-02-01T00:00:00Z",
    ),
    case(
        "measured for a team, with null for what may be left out",
        "admin of the big team",
        MEASURED,
        days=None,
        key=None,
        at="2026-02-01T00:00:00Z",
    ),
    case(
        "measured for a client user",
        "client user of the big team",
        MEASURED,
        days=0,
        key="none",
        at="2026-02-01T00:00:00Z",
    ),
    case(
        "an argument of a measured field is out of range",
        "vendor_admin",
        "query($d: Int) { partners(first: 2) { nodes { slug tierProgress(horizonDays: $d) {"
        " asOf } } } }",
        d=-1,
    ),
    case(
        "an app may not read what is measured",
        "app of the partner: partners",
        "{ partners(first: 2) { nodes { slug tierProgress { asOf } } } }",
    ),
    case(
        "an app may not read a list that is measured",
        "app of the partner: partners",
        "{ partners(first: 2) { nodes { slug benefits { held } } } }",
    ),
    case(
        "what is at risk, in a page",
        "vendor_admin",
        "query($w: AtRiskFilter) { partnersAtRisk(first: 3, where: $w) { totalCount nodes {"
        " atRisk { on because } badgePath program { key } pinned { reason } } } }",
        w={"before": "2099-01-01T00:00:00Z"},
    ),
    case(
        "objects of many types in one field",
        "vendor_admin",
        "{ partners(first: 5) { nodes { events(first: 9) { nodes { type subject {"
        " __typename id ... on Client { name } ... on TierDecision { reason }"
        " ... on Advisor { assignments(last: 1) { nodes { role } } } } } } } } }",
    ),
]


@pytest.mark.parametrize(("actor", "document", "variables"), CASES)
async def test_named_cases_have_the_same_answer(
    pair: Pair, actor: str, document: str, variables: dict[str, Any]
):
    assert not await pair.differs(actor, document, variables)


async def compare(pair: Pair, actor: str, document: str, variables: dict[str, Any]) -> None:
    """Ask both the same; raise AssertionError with the least document that shows a difference."""
    planned, expected = await pair.ask(actor, document, variables)
    count(pair.tally, expected)
    if same(planned, expected):
        return
    document, variables = await reduce(document, variables, partial(pair.differs, actor))
    planned, expected = await pair.ask(actor, document, variables)
    raise AssertionError(f"{actor}\n{document}\n{variables}\n{planned}\n{expected}")


def count(tally: Counter[str], answer: Answer) -> None:
    tally["answers"] += 1
    tally["executed"] += answer.executed
    tally["with data"] += answer.says_something
    tally["with errors"] += bool(answer.executed and answer.errors)
