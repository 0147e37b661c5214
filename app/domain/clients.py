"""Client teams: the closed vocabularies and the pure rules of their lifecycle."""

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
    """What an advisor may do inside one client team. The first role may do most."""

    ADMIN = "ADMIN"
    CONTRIBUTOR = "CONTRIBUTOR"
    VIEWER = "VIEWER"


def outranks(role: AssignmentRole, other: AssignmentRole) -> bool:
    """Return whether a role allows more than another."""
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
    """A person to add as a user of a client team."""

    name: str
    email: str


def tidy_user(user: NewClientUser) -> NewClientUser:
    """Normalise a person for storing: single spaces, e-mail in lower case."""
    return NewClientUser(" ".join(user.name.split()), normalise_email(user.email))


def check_user(user: NewClientUser, *field: str) -> list[Problem]:
    """Return the problems of one user, at `name` and `email` below the path `field`."""
    return [*check_line(user.name, *field, "name"), *check_email(user.email, *field, "email")]


def check_users(users: Sequence[NewClientUser]) -> list[Problem]:
    """Return the problems of a list of new users, each at its position below `users`.

    Duplicates are allowed (see `distinct_users`), but one e-mail with two names is not.
    """
    if len(users) > MAX_USERS_AT_ONCE:
        message = f"Send at most {MAX_USERS_AT_ONCE} users at a time, and add the others later."
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
    """Normalise users, each e-mail once, in the given order."""
    by_email: dict[str, NewClientUser] = {}
    for user in map(tidy_user, users):
        by_email.setdefault(user.email, user)
    return list(by_email.values())
