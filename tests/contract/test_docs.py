"""The guides name everything there is, their examples are valid, and their links lead somewhere."""

import json
import re
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest
from graphql import NoDeprecatedCustomRule, parse, specified_rules, validate

from app.auth.actor import Actor
from app.auth.policy import POLICY, Action, decide
from app.auth.refusal import Reason
from app.domain.errors import ErrorCode
from app.domain.events import EventType
from app.domain.identity import Role, Scope
from app.graphql.endpoint import ApiSchema
from app.graphql.trusted_documents import digest
from app.settings import Settings
from resolvers.error_mapping import Code

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "api"
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
NAMED_IN = {
    ErrorCode: "mutations.md",
    Code: "mutations.md",
    Reason: "authentication.md",
    EventType: "events.md",
    Role: "roles-and-permissions.md",
    Scope: "roles-and-permissions.md",
    Action: "roles-and-permissions.md",
}
# Who is no column of the table of permissions: apps have two, the others may do next to nothing.
NOBODY = (Role.APP, Role.PUBLIC, Role.SYSTEM, Role.NEWCOMER)
QUERIES = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, text in enumerate(
        re.findall(r"^( *)```graphql\n(.*?)^\1```", page.read_text(), re.MULTILINE | re.DOTALL)
    )
]


def each(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.mark.parametrize(("names", "guide"), NAMED_IN.items(), ids=lambda value: str(value))
def test_a_guide_names_all_there_are_and_no_other(names: type[StrEnum], guide: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (GUIDES / guide).read_text(), re.MULTILINE)
    text = (GUIDES / guide).read_text()
    assert [name for name in names if f"`{name}`" not in text] == []
    known = {name.value for kind, where in NAMED_IN.items() if where == guide for name in kind}
    assert set(rows) <= known


def test_the_table_of_permissions_is_the_policy() -> None:
    text = (GUIDES / "roles-and-permissions.md").read_text()
    every = frozenset(Scope)
    people = [role for role in Role if role not in NOBODY]
    columns = [Actor(role) for role in people]
    columns += [
        Actor(Role.APP, partner_id=UUID(int=1), scopes=every),
        Actor(Role.APP, scopes=every),
    ]
    header = " | ".join(people)
    assert f"| action | {header} | a partner's APP | the vendor's APP | scope of an APP |" in text
    for action, rule in POLICY.items():
        cells = ["yes" if decide(actor, action).allowed else "–" for actor in columns]
        assert f"| `{action}` | {' | '.join(cells)} | `{rule.scope}` |" in text


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    names = [f"PARTNERGRAPH_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("found", QUERIES)
def test_an_example_is_valid(found: tuple[str, str], schema: ApiSchema) -> None:
    _, text = found
    rules = [*specified_rules, NoDeprecatedCustomRule]
    assert validate(schema._schema, parse(text), rules) == []


@each(PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("guide", ["graphql-clients.md", "trusted-documents.md"])
def test_the_code_for_clients_is_what_is_run(guide: str) -> None:
    page = GUIDES / guide
    text = page.read_text()
    shown = re.findall(r"From \[[^]]*\]\((\S+)\):\n\n```\w+\n(.*?)```", text, re.DOTALL)
    assert len(shown) == text.count("```") // 2 - text.count("```json") >= 3
    assert [path for path, code in shown if code not in (page.parent / path).read_text()] == []


def test_hashes_of_documents_are_theirs() -> None:
    text = (GUIDES / "trusted-documents.md").read_text()
    [manifest] = re.findall(r"```json\n(\{\n  \"[0-9a-f]{64}\":.*?)```", text, re.DOTALL)
    entries = json.loads(manifest)
    assert [key for key, document in entries.items() if digest(document) != key] == []
    assert set(re.findall(r"[0-9a-f]{64}", text)) == set(entries)
    assert all(f"{key[:4]}..." in text for key in entries)


def test_tests_that_stand_for_a_promise_are_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/security.md").read_text()))
    files = list((ROOT / "tests").rglob("test_*.py"))
    known = {path.stem for path in files}
    for path in files:
        known |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))
    assert len(named) > 30
    assert named - known == set()


@each(PAGES)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """So that a page follows when a module moves."""
    known = {
        path.relative_to(ROOT).as_posix()
        for top in ("app", "schema", "resolvers", "tests", "benchmarks", "docs")
        for path in (ROOT / top).rglob("*")
        if "node_modules" not in path.parts
    }
    named = set(re.findall(r"`((?:[\w.-]+/)*[\w-]+\.py)`", page.read_text()))
    ends = {path[index:] for path in known for index in _starts(path)}
    assert named - ends == set()


def _starts(path: str) -> list[int]:
    """Where the parts of a path begin: `a/b.py` may be called `b.py`."""
    return [0, *(match.end() for match in re.finditer("/", path))]
