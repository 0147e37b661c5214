"""Reversals of facts. A reversal is a fact too, and never reverses more than is left."""

import hashlib
import json
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.activity import NewActivity, plain
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.money import Money


def reversal_digest(record_id: UUID, amount: Money | None, reason: str) -> str:
    """Return the SHA-256 of a reversal: which record, how much (None: the rest), and why."""
    content = ["reversal", str(record_id), plain(amount), reason]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a record after its reversals: money (None: it never had any), quantity."""

    amount: Money | None
    quantity: int


def reversal(original: NewActivity, id: UUID, left: Left, amount: Money | None) -> NewActivity:
    """Return the fact that reverses `amount`, or all that is left, of an original.

    It has the same properties and time as the original; its quantity is -1 if nothing is left
    afterwards, else 0. The caller sets `note` and `external_id`. Raises Refused with ALREADY_DONE
    at `record` if nothing is left, and INVALID at `amount` if it is zero or negative, more than is
    left, in another currency, or given for a record without money.
    """
    if not left.quantity:
        message = "Nothing is left of this record to reverse. Record the correct fact as a new one."
        raise refuse(ErrorCode.ALREADY_DONE, message, "record")
    taken = left.amount
    if amount is not None:
        if problem := _part_problem(left.amount, amount):
            raise Refused([problem])
        taken = amount
    return replace(
        original,
        amount=taken and Money(-taken.amount_minor, taken.currency),
        quantity=-1 if taken == left.amount else 0,
        value=None,
        evidence=None,
        course=None,
        reverses=id,
    )


def _part_problem(left: Money | None, part: Money) -> Problem | None:
    if left is None:
        message = "This record has no money: leave the amount out to reverse it."
        return Problem(ErrorCode.INVALID, message, ("amount",))
    if part.currency != left.currency:
        message = f"The record is in {left.currency}. Give the amount in it."
        return Problem(ErrorCode.INVALID, message, ("currencyCode",))
    if not 0 < part.amount_minor <= left.amount_minor:
        message = f"Give an amount above zero, and at most what is left: {left} {left.currency}."
        return Problem(ErrorCode.INVALID, message, ("amount",))
    return None
