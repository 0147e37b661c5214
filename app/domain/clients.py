"""Client teams: the closed vocabularies and the pure rules of their life."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.checks import check_line
from app.domain.emails import check_email, normalise_email
from app.domain.errors import ErrorCode, Problem
from app.domain.text import sort_key

MAX_USERS_AT_ONCE = 100


class ClientStatus(StrEnum):
    """PROVISIONING, then ACTIVE; SUSPENDED and back; ARCHIVED."""

    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


class SizeSource(StrEnum):
    """Where a client's size comes from: an employee count, or a bracket it declared."""

    COUNTED = "COUNTED"
    DECLARED = "DECLARED"


class AssignmentRole(StrEnum):
    """What an advisor may do inside one client team; the first may do most."""

    ADMIN = "ADMIN"
    CONTRIBUTOR = "CONTRIBUTOR"
    VIEWER = "VIEWER"


def outranks(role: AssignmentRole, other: AssignmentRole) -> bool:
    """Whether a role allows more than another."""
    ranks = list(AssignmentRole)
    return ranks.index(role) < ranks.index(other)


class ClientUserStatus(StrEnum):
    """INVITED, then ACTIVE, then REVOKED."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class CreateClientStep(StrEnum):
    """The three steps of creating a client (S4): plan or template, details, optional users."""

    PLAN = "PLAN"
    DETAILS = "DETAILS"
    USERS = "USERS"


@dataclass(frozen=True, slots=True)
class NewClientUser:
    """A person who is to become a user of a client team."""

    name: str
    email: str


def tidy_user(user: NewClientUser) -> NewClientUser:
    """The same person in the form that is kept: single spaces, e-mail in lower case."""
    return NewClientUser(" ".join(user.name.split()), normalise_email(user.email))


def check_user(user: NewClientUser, *field: str) -> list[Problem]:
    """Problems of one user, at `name` and `email` below the path `field`."""
    return [*check_line(user.name, *field, "name"), *check_email(user.email, *field, "email")]


def check_users(users: Sequence[NewClientUser]) -> list[Problem]:
    """Problems of a list of new users, each at its position below `users`.

    The same person twice is no problem: see `distinct_users`. One e-mail for two names is.
    """
    if len(users) > MAX_USERS_AT_ONCE:
        message = f"Send at most {MAX_USERS_AT_ONCE} users at once, and add the others later."
        return [Problem(ErrorCode.INVALID, message, ("users",))]
    problems = []
    name_of: dict[str, str] = {}
    for position, user in enumerate(users):
        problems += check_user(user, "users", str(position))
        name = sort_key(user.name)
        if name_of.setdefault(normalise_email(user.email), name) != name:
            message = "Another user in this list has the same e-mail. Give each their own."
            field = ("users", str(position), "email")
            problems.append(Problem(ErrorCode.DUPLICATE, message, field))
    return problems


def distinct_users(users: Sequence[NewClientUser]) -> list[NewClientUser]:
    """Tidy users, each e-mail once, in the order given."""
    by_email: dict[str, NewClientUser] = {}
    for user in map(tidy_user, users):
        by_email.setdefault(user.email, user)
    return list(by_email.values())
