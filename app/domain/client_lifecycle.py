"""The life of a client team: which change its state allows, and the advisor's role in it.

What a use case is refused for and what a portal is told beforehand (`viewerCan`) come from here.
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
        return Problem(ErrorCode.ALREADY_DONE, "The client is suspended already.", field)
    return work_problem(status, *field)


def resume_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for a client in use, CLIENT_NOT_ACTIVE for an archived one."""
    if status is ClientStatus.SUSPENDED:
        return None
    if status is ClientStatus.ARCHIVED:
        message = "The client is archived. Restore it instead."
        return Problem(ErrorCode.CLIENT_NOT_ACTIVE, message, field)
    message = f"The client is {status}, not suspended. Nothing is to be done."
    return Problem(ErrorCode.ALREADY_DONE, message, field)


def archive_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for an archived client. Any other can be archived."""
    if status is not ClientStatus.ARCHIVED:
        return None
    return Problem(ErrorCode.ALREADY_DONE, "The client is archived already.", field)


def restore_problem(status: ClientStatus, *field: str) -> Problem | None:
    """ALREADY_DONE for a client that is not in the archive."""
    if status is ClientStatus.ARCHIVED:
        return None
    message = f"The client is {status}, not archived. Nothing is to be done."
    return Problem(ErrorCode.ALREADY_DONE, message, field)


def resize_problem(status: ClientStatus, *field: str) -> Problem | None:
    """CLIENT_NOT_ACTIVE for an archived client: its size is of no use."""
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
    message = "The client has no subscription that could be resumed. Upgrade the client instead."
    return Problem(ErrorCode.NO_SUBSCRIPTION, message, field)


def domain_taken(domain: str, *field: str) -> Problem:
    """DOMAIN_TAKEN: a partner has one live client for each website domain."""
    message = (
        f"The partner has a client with the domain {domain}. Use that client, or archive it first."
    )
    return Problem(ErrorCode.DOMAIN_TAKEN, message, field)


def role_problem(role: AssignmentRole, *field: str) -> Problem | None:
    """ROLE_TOO_LOW for an advisor who only looks (VIEWER) or works (CONTRIBUTOR) in a client.

    Everything that is changed about a client team is administering it.
    """
    if role is AssignmentRole.ADMIN:
        return None
    message = (
        f"You are {role} in this client, and only an ADMIN may do this."
        " Ask an admin of your partner team to do it, or to give you that role."
    )
    return Problem(ErrorCode.ROLE_TOO_LOW, message, field)


def restored_plan(slot_plan: PlanCode | None, holds_slot: bool) -> PlanCode:
    """The plan that a client comes back on: its licence ended as it was archived.

    FREE; or, if the slot that it took is still its own, the plan that slots are for: what is paid
    for is not taken a second time. Whether archiving returns slots is the vendor's policy (S4).
    """
    return slot_plan if holds_slot and slot_plan else PlanCode.FREE
