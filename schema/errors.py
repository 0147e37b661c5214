"""Errors of mutations as data."""

import strawberry

from app.domain.errors import ErrorCode, Problem
from schema.enums import described

described(
    ErrorCode,
    "Why an input was refused. Nothing was written.",
    INVALID="The value is malformed or out of range; the message says what is accepted.",
    REQUIRED="The value is missing.",
    TOO_LONG="The text is longer than accepted; the message says how long it may be.",
    NOT_FOUND="There is no such object, or you may not see it.",
    DUPLICATE="Something with the same name or address is already there.",
    DOMAIN_TAKEN="Another live client of the same partner has this website domain.",
    PLAN_CONFLICT="A plan and a template of another plan were given; give one, upgrade later.",
    NO_SLOTS_AVAILABLE="The partner has no assessment slot left; buy a bundle first.",
    NO_PRICE="No price is in force for this plan, size and currency; ask the vendor.",
    DOWNGRADE_NOT_ALLOWED="A client cannot be downgraded; cancel its subscription instead.",
    ALREADY_ON_PLAN="The client already has this plan.",
    ALREADY_DONE="It was already done; there is nothing to do.",
    UNKNOWN_ADVISOR="The partner has no active advisor with this id.",
    ROLE_TOO_LOW="Your role in this client does not allow it; an advisor who is ADMIN there may.",
    PARTNER_NOT_ACTIVE="The partner is not active.",
    CLIENT_NOT_ACTIVE="The client is suspended or archived.",
    TEMPLATE_RETIRED="The template is retired; choose another.",
    CONTENT_RETIRED="The content version is retired; choose another.",
    CONTENT_NOT_PUBLISHED="The content has no published version yet.",
    CONTENT_NOT_ADOPTABLE="Only items of the open library can be adopted.",
    VERSION_IMMUTABLE="A published version never changes; publish a new one.",
    DRAFT_OUTDATED="A newer version is published already; import the text again as the next one.",
    TIER_UNCHANGED="The partner already is in this tier.",
    TIER_PINNED="A pin holds the partner in its tier; remove it first.",
    NOT_PINNED="The partner is not pinned in this program.",
    NOT_PENDING="Somebody has decided already, or the partner no longer qualifies.",
    NOT_ENROLLED="The partner's type is not enrolled in this program.",
    EXTERNAL_ID_REUSED="The partner has another fact with this external id; facts never change.",
    NOT_A_SANDBOX="Time cannot be moved here: only a server started as a demo can.",
    INVITATION_ENDED="The invitation has expired, was accepted or was withdrawn; ask for another.",
    CONTENT_LOCKED="The content is locked at its version; unlock it first.",
    NOT_FOR_SALE="The content has no price in the partner's currency, or is not the partner's own.",
    NO_SUBSCRIPTION="The client has no subscription; or, to cancel it, it is cancelled already.",
    NO_POLICY="No billing policy is in force at that time; import one with the catalogue.",
    PERIOD_NOT_STARTED="The period is in the future.",
    WRONG_STATE="It cannot be done in the state that the document is in; the message says which.",
    AMOUNT_TOO_HIGH="The amount exceeds what is left; the message says how much that is.",
    NOTHING_TO_PAY="There is no approved income to pay out.",
    LAST_ADMIN="The partner would be left without an active admin; name another one first.",
    LIMIT_REACHED="The limit is reached; remove one first.",
    CONFLICT="Someone else changed the same thing at the same moment; read it again and retry.",
    IDEMPOTENCY_KEY_REUSED="The idempotency key belongs to a call with other arguments.",
)


@strawberry.type(description="One reason why a mutation was refused. Nothing was written.")
class UserError:
    """One problem with an input."""

    message: str = strawberry.field(description="What is wrong and how to fix it, for people.")
    field: list[str] | None = strawberry.field(
        description="The path in `input` of the value that is wrong, such as "
        '`["size", "employeeCount"]`; list positions count from 0. Null when it is no single one.'
    )
    code: ErrorCode = strawberry.field(description="Why, for a program.")


def user_errors(problems: list[Problem]) -> list[UserError]:
    """Domain problems as the API shows them."""
    return [
        UserError(message=p.message, field=list(p.field) or None, code=p.code) for p in problems
    ]
