"""The lifecycle of client teams: which changes their state and the advisor's role allow.

Used by the use cases, and in advance by portals (`viewerCan`).
"""

from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.errors import ErrorCode, Problem
from app.domain.plans import PlanCode


def work_problem(status: ClientStatus, *field: str) -> Problem | None:
    """CLIENT_NOT_ACTIVE for new work in a client that is not ACTIVE."""
    if status is ClientStatus.ACTIVE:
        return None
    message = f"The client is {status}. Only an ACTIVE client can be changed."
    return Problem(ErrorCode.CLIENT_NOT_ACTIVE, message, field)


def suspend_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for a suspended client, CLIENT_NOT_ACTIVE for any other that is not ACTIVE."""
    if status is ClientStatus.SUSPENDED:
        return Problem(ErrorCode.ALREADY_DONE, "The client is already suspended.", field)
    return work_problem(status, *field)


def resume_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for a client in use, CLIENT_NOT_ACTIVE for an archived one."""
    if status is ClientStatus.SUSPENDED:
        return None
    if status is ClientStatus.ARCHIVED:
        message = "The client is archived. Restore it instead."
        return Problem(ErrorCode.CLIENT_NOT_ACTIVE, message, field)
    message = f"The client is {status}, not suspended. There is nothing to do."
    return Problem(ErrorCode.ALREADY_DONE, message, field)


def archive_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for an archived client. Any other can be archived."""
    if status is not ClientStatus.ARCHIVED:
        return None
    return Problem(ErrorCode.ALREADY_DONE, "The client is already archived.", field)


def restore_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for a client that is not archived."""
    if status is ClientStatus.ARCHIVED:
        return None
    message = f"The client is {status}, not archived. There is nothing to do."
    return Problem(ErrorCode.ALREADY_DONE, message, field)


def resize_problem(status: ClientStatus, *field: str) -> Problem | None:
    """CLIENT_NOT_ACTIVE for an archived client: its size has no effect."""
    if status is not ClientStatus.ARCHIVED:
        return None
    return Problem(ErrorCode.CLIENT_NOT_ACTIVE, "The client is archived.", field)


def resume_subscription_problem(live: bool, ending: bool, *field: str) -> Problem | None:
    """NO_SUBSCRIPTION without a live subscription, ALREADY_DONE for one that is not cancelled."""
    if ending:
        return None
    if live:
        message = "The subscription is not cancelled. There is nothing to resume."
        return Problem(ErrorCode.ALREADY_DONE, message, field)
    message = "The client has no subscription to resume. Upgrade the client instead."
    return Problem(ErrorCode.NO_SUBSCRIPTION, message, field)


def domain_taken(domain: str, *field: str) -> Problem:
    """DOMAIN_TAKEN: a partner has one live client for each website domain."""
    message = (
        f"The partner has a client with the domain {domain}. Use that client, or archive it first."
    )
    return Problem(ErrorCode.DOMAIN_TAKEN, message, field)


def role_problem(role: AssignmentRole, *field: str) -> Problem | None:
    """ROLE_TOO_LOW for an advisor who is only a VIEWER or CONTRIBUTOR in a client.

    Every change to a client team needs an ADMIN.
    """
    if role is AssignmentRole.ADMIN:
        return None
    message = (
        f"You are {role} in this client, and only an ADMIN may do this."
        " Ask an admin of your partner team to do it, or to give you that role."
    )
    return Problem(ErrorCode.ROLE_TOO_LOW, message, field)


def restored_plan(slot_plan: PlanCode | None, holds_slot: bool) -> PlanCode:
    """Return the plan of a restored client. Its subscription ended when it was archived.

    FREE; or, if the client still holds its slot, the plan that slots are for: a slot is not
    consumed a second time. Whether archiving returns slots is the vendor's policy (S4).
    """
    return slot_plan if holds_slot and slot_plan else PlanCode.FREE
