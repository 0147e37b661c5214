"""Every error code can happen, and is explained."""

import ast
from enum import StrEnum
from pathlib import Path

import pytest

from app.auth.refusal import REMEDIES, Reason
from app.domain.errors import ErrorCode
from resolvers.error_mapping import Code
from tests.contract.documents import core

ROOT = Path(__file__).parents[2]


def used(enum: str, *folders: str) -> set[str]:
    """The members of an enum that the code of these folders names, outside of its definition."""
    return {
        node.attr
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == enum
    }


@pytest.mark.parametrize(
    ("enum", "folders"),
    [
        (ErrorCode, ("app/services", "app/domain")),
        (Code, ("app", "resolvers", "schema")),
    ],
)
def test_every_code_is_given_somewhere(enum: type[StrEnum], folders: tuple[str, ...]):
    assert {code.name for code in enum} <= used(enum.__name__, *folders)


def test_every_code_of_a_user_error_is_explained_to_the_caller(schema):
    values = core(schema).type_map["ErrorCode"].values
    assert set(values) == {code.name for code in ErrorCode}
    short = [name for name, value in values.items() if len(value.description or "") < 20]
    assert short == []


def test_every_reason_not_to_be_let_in_has_a_remedy():
    assert set(REMEDIES) == set(Reason)
    assert all(remedy.endswith(".") for remedy in REMEDIES.values())
