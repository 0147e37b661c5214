"""Client templates: the rules of what one may hold."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.checks import check_line, check_text
from app.domain.errors import ErrorCode, Problem

MAX_DESCRIPTION = 5_000
MAX_ENGAGEMENT_TYPE = 80
# A template is copied into a client in one transaction: it has to stay a handful.
MAX_ITEMS = 100


def check_details(
    name: str | None, description: str | None, engagement_type: str | None
) -> list[Problem]:
    """Problems of a template's own words; None stands for one that is not given."""
    problems: list[Problem] = []
    if name is not None:
        problems += check_line(name, "name")
    if description is not None:
        problems += check_text(description, "description", longest=MAX_DESCRIPTION)
    if engagement_type and engagement_type.strip():
        problems += check_line(engagement_type, "engagementType", longest=MAX_ENGAGEMENT_TYPE)
    return problems


def check_item_list(item_ids: Sequence[UUID]) -> list[Problem]:
    """Problems of the list as such: too long, or the same item twice."""
    if len(item_ids) > MAX_ITEMS:
        message = f"Give at most {MAX_ITEMS} items, not {len(item_ids)}."
        return [Problem(ErrorCode.INVALID, message, ("items",))]
    return [
        Problem(
            ErrorCode.DUPLICATE,
            "This item is in the list already. Name it once.",
            ("items", str(position), "contentItemId"),
        )
        for position, item_id in enumerate(item_ids)
        if item_id in item_ids[:position]
    ]
