"""What the vendor has decided about billing, as of a moment."""

from datetime import datetime

from app.domain.errors import ErrorCode, refuse
from app.persistence.models import BillingPolicy


async def find_policy(at: datetime) -> BillingPolicy | None:
    """The billing policy in force at a moment; None if there is none yet."""
    return await BillingPolicy.filter(effective_from__lte=at).order_by("-effective_from").first()


async def policy_in_force(at: datetime) -> BillingPolicy:
    """The billing policy in force at a moment. Raises Refused with NO_POLICY."""
    policy = await find_policy(at)
    if policy is None:
        raise refuse(
            ErrorCode.NO_POLICY,
            f"No billing policy is in force on {at:%Y-%m-%d}. Import a catalogue with one.",
        )
    return policy
