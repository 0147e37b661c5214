"""Lists of new client users: checked at their positions, each person once."""

import pytest

from app.domain.clients import (
    MAX_USERS_AT_ONCE,
    NewClientUser,
    check_users,
    distinct_users,
)
from app.domain.errors import ErrorCode

ADA = NewClientUser("Ada Lovelace", "ada@client.example")


def test_good_users_have_no_problems() -> None:
    assert check_users([ADA, NewClientUser("Grace Hopper", "grace@client.example")]) == []
    assert check_users([]) == []


@pytest.mark.parametrize(
    ("user", "code", "name"),
    [
        (NewClientUser("", "a@client.example"), ErrorCode.REQUIRED, "name"),
        (NewClientUser("x" * 201, "a@client.example"), ErrorCode.TOO_LONG, "name"),
        (NewClientUser("A", ""), ErrorCode.REQUIRED, "email"),
        (NewClientUser("A", "not an address"), ErrorCode.INVALID, "email"),
        (NewClientUser("Else", " ADA@client.example"), ErrorCode.DUPLICATE, "email"),
    ],
)
def test_a_problem_names_the_position(user: NewClientUser, code: ErrorCode, name: str) -> None:
    problems = check_users([ADA, user])
    assert [(p.code, p.field) for p in problems] == [(code, ("users", "1", name))]


def test_all_problems_are_found_at_once() -> None:
    problems = check_users([NewClientUser("", "x"), NewClientUser(" ", "y@")])
    assert len(problems) == 4


def test_too_many() -> None:
    users = [NewClientUser("A", f"a{n}@client.example") for n in range(MAX_USERS_AT_ONCE + 1)]
    assert [(p.code, p.field) for p in check_users(users)] == [(ErrorCode.INVALID, ("users",))]


def test_the_same_person_twice_is_one_user() -> None:
    again = NewClientUser("  ada  LOVELACE ", "Ada@Client.example ")
    assert check_users([ADA, again]) == []
    assert distinct_users([ADA, again]) == [ADA]
