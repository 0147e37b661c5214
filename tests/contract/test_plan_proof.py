"""The proof of `walking_proof` can fail: what lost its scope, in any way, is found out."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.auth.scope import Audience, predicate
from app.persistence.tenancy import EVERYBODY
from app.reads.plan import Viewpoint
from schema.type_catalogue import build_catalogue
from tests.contract.documents import core
from tests.contract.walking import Walk, Walked
from tests.contract.walking_all import DIALECTS, walk_all
from tests.contract.walking_proof import TABLES, complaints
from tests.contract.walking_sql import Unreadable


@pytest.fixture(scope="module", params=DIALECTS)
def scoped(request: pytest.FixtureRequest, schema) -> list[tuple[Walked, str]]:
    """Every kind of statement, once with each of the scopes that it may lose."""
    return [
        (found, scope)
        for found in walk_all(schema, request.param).walked.values()
        # A cursor changes nothing in it.
        if ":after_id" not in found.sql
        for scope in scopes_of(found) - {EVERYBODY}
        # Some relations say of themselves what the scope says, and some give no rows to some
        # actors whatever it says: nothing is lost there.
        if not loses_nothing(found.sql, scope)
    ]


def scopes_of(found: Walked) -> set[str]:
    """The predicates of the tables that a statement reads."""
    return {
        predicate(model.tenancy, found.audience)
        for table, model in TABLES.items()
        if re.search(rf"(FROM|JOIN) {table} t\b", found.sql)
    }


# Ways to lose a scope: what each makes of a predicate that stands in a statement.
LOSSES: dict[str, Callable[[str], str]] = {
    "removed": lambda scope: "TRUE",
    "or-ed": lambda scope: f"({scope} OR 1 = 1)",
    "or-ed in the open": lambda scope: f"{scope} OR 1 = 1",
    "negated": lambda scope: f"NOT {scope}",
    "not required": lambda scope: f"({scope}) IS NOT FALSE",
    "in a comment": lambda scope: f"TRUE /* AND {scope} */",
    "in a comment to the end of the line": lambda scope: f"TRUE -- AND {scope}\n",
    "in a text": lambda scope: "'{}' <> ''".format(scope.replace("'", "''")),
    "in a CASE": lambda scope: f"CASE WHEN {scope} THEN TRUE ELSE TRUE END",
    "in another subselect": lambda scope: f"EXISTS (SELECT 1 FROM plan p WHERE {scope})",
    "on another table": lambda scope: f"EXISTS (SELECT 1 FROM client t WHERE {scope})",
    "in a subselect's columns": lambda scope: f"(SELECT {scope}) IS NOT NULL",
    "of another alias": lambda scope: scope.replace("t.", "k.").replace("FALSE", "k.x"),
    "of another id": lambda scope: (
        scope.replace(":partner", ":key").replace(":client", ":key").replace("FALSE", ":key")
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_statement_that_lost_a_scope_is_found_out(scoped: list[tuple[Walked, str]], loss: str):
    """One of its scopes at a time, in every kind of statement. Else the proof proves nothing."""
    tried = Counter[str]()
    for found, scope in scoped:
        if (lost := LOSSES[loss](scope)) == scope:
            continue
        for start in places(found.sql, scope):
            sql = found.sql[:start] + lost + found.sql[start + len(scope) :]
            assert unproven(sql, found), sql
            tried[found.kind] += 1
    assert len(tried) == 8 and tried.total() > 300


LEAKS = [
    "SELECT t.id FROM client t",
    "SELECT t.id FROM client t HAVING t.partner_id = :partner",
    "SELECT t.id FROM client t ORDER BY t.partner_id = :partner",
    "SELECT t.id, t.partner_id = :partner FROM client t WHERE t.id = :key",
    "SELECT t.id FROM client t WHERE t.partner_id = :partner OR t.id = :key",
    "SELECT t.id FROM client t WHERE t.partner_id = :key",
    "SELECT t.id FROM client t WHERE t.partner_id <> :partner",
    "SELECT c.id FROM client c WHERE t.partner_id = :partner",
    # Another client of the same kind of row, tied to nothing.
    "SELECT c.id FROM client t JOIN client c ON c.id <> t.id WHERE t.partner_id = :partner",
    "SELECT c.id FROM client t JOIN client c ON c.plan_id = t.plan_id"
    " WHERE t.partner_id = :partner",
    # A foreign key, but of a row that all see, or to a row that is not the partner's alone.
    "SELECT t.id FROM plan p JOIN client t ON t.plan_id = p.code",
    "SELECT b.id FROM tier_benefit t JOIN benefit_change b ON b.tier_benefit_id = t.id"
    " WHERE t.version_id IN (SELECT v.id FROM program_version v WHERE v.status <> 'DRAFT')",
    # The draft's own columns are answered.
    "SELECT r.name FROM standing t JOIN tier r ON r.id = t.tier_id WHERE t.partner_id = :partner",
    "SELECT t.id FROM plan t WHERE EXISTS (SELECT 1 FROM client c WHERE c.plan_id = t.code)",
    "SELECT (SELECT COUNT(*) FROM client c) FROM plan t",
    "SELECT x.id FROM (SELECT t.id FROM client t) x",
    "SELECT t.id FROM client t WHERE t.rowid IN (SELECT t.rowid FROM plan t)",
    "SELECT t.id FROM client t WHERE t.rowid IN (SELECT t.rowid FROM client t)",
    "SELECT t.id FROM client t WHERE t.partner_id = :partner"
    " AND t.domain IN (SELECT c.domain FROM client c)",
    "SELECT t.id FROM client t WHERE t.partner_id = :partner AND t.id IN"
    " (SELECT t.client_id FROM advisor_assignment t WHERE t.advisor_id = :f_advisor_id)",
]
UNREADABLE = [
    "SELECT t.id FROM client t LEFT JOIN partner p ON t.partner_id = :partner",
    "SELECT t.id FROM plan t UNION SELECT t.id FROM client t",
    "WITH x AS (SELECT t.id FROM client t) SELECT x.id FROM x",
    "SELECT t.id FROM plan p, client t WHERE t.partner_id = :partner",
    "SELECT t.id FROM client t WHERE t.partner_id = :partner AND (t.id = 1",
    "SELECT client.id FROM client WHERE t.partner_id = :partner",
    "SELECT t.id FROM client t WHERE t.name BETWEEN 'a' AND t.partner_id = :partner",
    "SELECT t.id FROM secrets t",
    "DELETE FROM client",
]


@pytest.mark.parametrize("sql", LEAKS)
def test_a_leak_is_found_out(sql: str):
    assert complaints(sql, "partner")


@pytest.mark.parametrize("sql", UNREADABLE)
def test_what_cannot_be_judged_is_not_passed(sql: str):
    with pytest.raises(Unreadable):
        complaints(sql, "partner")


# What a declaration could forget: (type, field, what is declared in its place, who is told).
FORGOTTEN: list[tuple[str, str, dict[str, Any], Audience]] = [
    ("Partner", "standing", {"join": "JOIN standing s ON s.tier_id = t.tier_id"}, "advisor"),
    ("Partner", "standing", {"join": "JOIN standing s ON s.tier_id = t.tier_id"}, "partner"),
    ("Partner", "slotEntries", {"join": "JOIN client c ON c.id <> t.id"}, "partner"),
    ("TierProgram", "tiers", {"join": "JOIN program_version v ON v.id = t.version_id"}, "public"),
    ("Client", "trial", {"where": "t.client_id IN (SELECT c.id FROM client c)"}, "advisor"),
    ("TierDecision", "benefitsGained", {"key": "t.tier_id"}, "partner"),
]


@pytest.mark.parametrize(("type_name", "name", "instead", "audience"), FORGOTTEN)
def test_a_careless_declaration_is_found_out(
    schema, type_name: str, name: str, instead: dict[str, Any], audience: Audience
):
    catalogue = dict(build_catalogue(schema))
    source = catalogue[type_name]
    fields = {**source.fields, name: replace(source.fields[name], **instead)}
    catalogue[type_name] = replace(source, fields=fields)
    for dialect in DIALECTS:
        walk = Walk(core(schema), catalogue, Viewpoint(audience), dialect)
        told = {found.where for found in walk.statements() if unproven(found.sql, found)}
        assert any(where.startswith(f"{type_name}.{name}:") for where in told)


def places(sql: str, part: str) -> Iterator[int]:
    """Where a text begins in another, each time."""
    position = sql.find(part)
    while position >= 0:
        yield position
        position = sql.find(part, position + 1)


def loses_nothing(sql: str, scope: str) -> bool:
    """Whether a statement says a predicate once more, as a condition of its own."""
    bare, rest = scope[1:-1], sql.replace(scope, "TRUE")
    if "t.client_id IS NULL" in rest and "t.client_id = :client" in bare:
        return True
    return bare in rest and bare != "FALSE"


def unproven(sql: str, found: Walked) -> bool:
    """Whether a text in place of a walked one is refused."""
    try:
        return complaints(sql, found.audience, found.keyed) != []
    except Unreadable:
        return True
