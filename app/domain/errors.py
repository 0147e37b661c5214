"""Problems of a request, as values. Each names its field and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of `userErrors`. The GraphQL enum describes each; a test keeps both in sync."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE = "DUPLICATE"
    DOMAIN_TAKEN = "DOMAIN_TAKEN"
    PLAN_CONFLICT = "PLAN_CONFLICT"
    NO_SLOTS_AVAILABLE = "NO_SLOTS_AVAILABLE"
    NO_PRICE = "NO_PRICE"
    DOWNGRADE_NOT_ALLOWED = "DOWNGRADE_NOT_ALLOWED"
    ALREADY_ON_PLAN = "ALREADY_ON_PLAN"
    ALREADY_DONE = "ALREADY_DONE"
    UNKNOWN_ADVISOR = "UNKNOWN_ADVISOR"
    ROLE_TOO_LOW = "ROLE_TOO_LOW"
    PARTNER_NOT_ACTIVE = "PARTNER_NOT_ACTIVE"
    CLIENT_NOT_ACTIVE = "CLIENT_NOT_ACTIVE"
    TEMPLATE_RETIRED = "TEMPLATE_RETIRED"
    CONTENT_RETIRED = "CONTENT_RETIRED"
    CONTENT_NOT_PUBLISHED = "CONTENT_NOT_PUBLISHED"
    CONTENT_NOT_ADOPTABLE = "CONTENT_NOT_ADOPTABLE"
    VERSION_IMMUTABLE = "VERSION_IMMUTABLE"
    DRAFT_OUTDATED = "DRAFT_OUTDATED"
    TIER_UNCHANGED = "TIER_UNCHANGED"
    NOT_PENDING = "NOT_PENDING"
    NOT_PINNED = "NOT_PINNED"
    TIER_PINNED = "TIER_PINNED"
    NOT_ENROLLED = "NOT_ENROLLED"
    EXTERNAL_ID_REUSED = "EXTERNAL_ID_REUSED"
    NOT_A_SANDBOX = "NOT_A_SANDBOX"
    INVITATION_ENDED = "INVITATION_ENDED"
    CONTENT_LOCKED = "CONTENT_LOCKED"
    NOT_FOR_SALE = "NOT_FOR_SALE"
    NO_SUBSCRIPTION = "NO_SUBSCRIPTION"
    NO_POLICY = "NO_POLICY"
    PERIOD_NOT_STARTED = "PERIOD_NOT_STARTED"
    WRONG_STATE = "WRONG_STATE"
    AMOUNT_TOO_HIGH = "AMOUNT_TOO_HIGH"
    NOTHING_TO_PAY = "NOTHING_TO_PAY"
    LAST_ADMIN = "LAST_ADMIN"
    LIMIT_REACHED = "LIMIT_REACHED"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: a message for people, the input field, and a code for programs.

    `field` is the path in the input as the caller wrote it, such as ("size", "employeeCount").
    """

    code: ErrorCode
    message: str
    field: tuple[str, ...] = ()


class Refused(Exception):
    """A use case that was refused: nothing has been written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = list(problems)


def refuse(code: ErrorCode, message: str, *field: str) -> Refused:
    """Return the exception for a single problem, to be raised."""
    return Refused([Problem(code, message, field)])
