"""Invitations to a team: their states, and why one cannot be accepted."""

from datetime import datetime
from enum import StrEnum

from app.domain.errors import ErrorCode, Problem


class InvitationStatus(StrEnum):
    """PENDING, then ACCEPTED, or EXPIRED by time, or REVOKED by somebody."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


_ENDED = {
    InvitationStatus.ACCEPTED: "This invitation was already accepted. Sign in.",
    InvitationStatus.EXPIRED: "This invitation has expired. Ask for a new one.",
    InvitationStatus.REVOKED: "This invitation was revoked. Ask for a new one.",
}


def status_at(
    now: datetime,
    expires_at: datetime,
    accepted_at: datetime | None,
    revoked_at: datetime | None,
) -> InvitationStatus:
    """Return the state of an invitation at a time. It has expired from `expires_at` on."""
    if accepted_at is not None:
        return InvitationStatus.ACCEPTED
    if revoked_at is not None:
        return InvitationStatus.REVOKED
    return InvitationStatus.EXPIRED if expires_at <= now else InvitationStatus.PENDING


def ended_problem(status: InvitationStatus, *field: str) -> Problem | None:
    """INVITATION_ENDED for any invitation that is not PENDING."""
    if status is InvitationStatus.PENDING:
        return None
    return Problem(ErrorCode.INVITATION_ENDED, _ENDED[status], field)


def email_problem(invited: str, verified: str | None, *field: str) -> Problem | None:
    """INVALID if the identity provider has verified an address other than the invited one.

    Both in normal form. Without a verified address the token of the invitation is proof enough.
    """
    if verified is None or verified == invited:
        return None
    message = "You are signed in with a different e-mail address. Sign in with the invited one."
    return Problem(ErrorCode.INVALID, message, field)
