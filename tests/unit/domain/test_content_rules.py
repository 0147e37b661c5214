"""The rules of items and versions, as tables."""

from uuid import UUID

import pytest

from app.domain.content import (
    MAX_PRICE_MINOR,
    LibraryKind,
    VersionFacts,
    VersionStatus,
    check_body,
    check_price,
    check_tags,
    clean_tags,
    refuse_unpublishable,
    usable_version,
)
from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money

DRAFT, PUBLISHED, RETIRED = VersionStatus


def facts(*statuses: VersionStatus) -> list[VersionFacts]:
    """Versions 1, 2 ... with these statuses; their ids are their numbers."""
    return [VersionFacts(UUID(int=n), n, status) for n, status in enumerate(statuses, start=1)]


def problem_of(caught: pytest.ExceptionInfo[Refused]) -> tuple[ErrorCode, tuple[str, ...]]:
    (problem,) = caught.value.problems
    return problem.code, problem.field


def test_tags_keep_their_first_spelling_and_order() -> None:
    assert clean_tags(["ISO  27001", "Risk", "risk ", "RÍSK", "iso 27001"]) == ("ISO 27001", "Risk")


def test_only_different_tags_count_against_the_limit() -> None:
    assert check_tags(["a"] * 50) == []
    (problem,) = check_tags([f"tag {n}" for n in range(21)])
    assert (problem.code, problem.field) == (ErrorCode.INVALID, ("tags",))


@pytest.mark.parametrize(
    ("tag", "code"),
    [("", ErrorCode.REQUIRED), ("x" * 41, ErrorCode.TOO_LONG), ("a\0b", ErrorCode.INVALID)],
)
def test_a_wrong_tag_is_named_by_its_position(tag: str, code: ErrorCode) -> None:
    (problem,) = check_tags(["fine", tag])
    assert (problem.code, problem.field) == (code, ("tags", "1"))


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("# Text\n\twith lines", []),
        ("x" * 200_000, []),
        ("x" * 200_001, [ErrorCode.TOO_LONG]),
        (" \n ", [ErrorCode.REQUIRED]),
        ("a\0b", [ErrorCode.INVALID]),
    ],
)
def test_a_body_is_text_of_up_to_200_000_characters(body: str, codes: list[ErrorCode]) -> None:
    assert [problem.code for problem in check_body(body)] == codes


@pytest.mark.parametrize("amount", [0, 1, MAX_PRICE_MINOR])
def test_a_partner_may_ask_a_price(amount: int) -> None:
    assert check_price(Money(amount, "EUR"), LibraryKind.EXCLUSIVE) == []


@pytest.mark.parametrize("amount", [-1, MAX_PRICE_MINOR + 1])
def test_a_price_out_of_range_is_refused(amount: int) -> None:
    (problem,) = check_price(Money(amount, "EUR"), LibraryKind.EXCLUSIVE)
    assert (problem.code, problem.field) == (ErrorCode.INVALID, ("price", "amount"))


def test_open_content_has_no_price() -> None:
    assert check_price(None, LibraryKind.OPEN) == []
    (problem,) = check_price(Money(1, "EUR"), LibraryKind.OPEN)
    assert (problem.code, problem.field) == (ErrorCode.INVALID, ("price",))


@pytest.mark.parametrize(
    ("statuses", "number"),
    [
        ([PUBLISHED], 1),
        ([PUBLISHED, PUBLISHED, DRAFT], 2),
        ([PUBLISHED, RETIRED], 1),
        ([RETIRED, PUBLISHED, DRAFT], 2),
    ],
)
def test_the_latest_published_version_is_taken(statuses: list[VersionStatus], number: int) -> None:
    assert usable_version(facts(*statuses)).number == number
    assert usable_version(reversed(facts(*statuses))).number == number


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], ErrorCode.CONTENT_NOT_PUBLISHED),
        ([DRAFT], ErrorCode.CONTENT_NOT_PUBLISHED),
        ([RETIRED, DRAFT], ErrorCode.CONTENT_RETIRED),
        ([RETIRED], ErrorCode.CONTENT_RETIRED),
    ],
)
def test_without_a_published_version_there_is_none_to_take(
    statuses: list[VersionStatus], code: ErrorCode
) -> None:
    with pytest.raises(Refused) as caught:
        usable_version(facts(*statuses), at=("items", "3"))
    assert problem_of(caught) == (code, ("items", "3", "contentItemId"))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (2, ErrorCode.CONTENT_RETIRED),
        (3, ErrorCode.CONTENT_NOT_PUBLISHED),
        (4, ErrorCode.NOT_FOUND),
    ],
)
def test_a_wanted_version_must_be_published(wanted: int, code: ErrorCode) -> None:
    with pytest.raises(Refused) as caught:
        usable_version(facts(PUBLISHED, RETIRED, DRAFT), UUID(int=wanted))
    assert problem_of(caught) == (code, ("versionId",))


def test_an_older_published_version_may_be_wanted() -> None:
    assert usable_version(facts(PUBLISHED, PUBLISHED), UUID(int=1)).number == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(PUBLISHED, ErrorCode.VERSION_IMMUTABLE), (RETIRED, ErrorCode.CONTENT_RETIRED)],
)
def test_only_a_draft_can_be_published(status: VersionStatus, code: ErrorCode) -> None:
    refuse_unpublishable(DRAFT)
    with pytest.raises(Refused) as caught:
        refuse_unpublishable(status, "versionId")
    assert problem_of(caught) == (code, ("versionId",))
