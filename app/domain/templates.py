"""Client templates: the rules for their content."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.checks import check_line, check_text
from app.domain.errors import ErrorCode, Problem

MAX_DESCRIPTION = 5_000
MAX_ENGAGEMENT_TYPE = 80
# A template is copied into a client in one transaction, so it must stay small.
MAX_ITEMS = 100


def check_details(
    name: str | None, description: str | None, engagement_type: str | None
) -> list[Problem]:
    """Return the problems of a template's texts. None means not given."""
    problems: list[Problem] = []
    if name is not None:
        problems += check_line(name, "name")
    if description is not None:
        problems += check_text(description, "description", longest=MAX_DESCRIPTION)
    if engagement_type and engagement_type.strip():
        problems += check_line(engagement_type, "engagementType", longest=MAX_ENGAGEMENT_TYPE)
    return problems


def check_item_list(item_ids: Sequence[UUID]) -> list[Problem]:
    """Return the problems of the list itself: too long, or the same item twice."""
    if len(item_ids) > MAX_ITEMS:
        message = f"Give at most {MAX_ITEMS} items, not {len(item_ids)}."
        return [Problem(ErrorCode.INVALID, message, ("items",))]
    return [
        Problem(
            ErrorCode.DUPLICATE,
            "This item is already in the list. Give each item once.",
            ("items", str(position), "contentItemId"),
        )
        for position, item_id in enumerate(item_ids)
        if item_id in item_ids[:position]
    ]
