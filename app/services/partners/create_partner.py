"""A new partner team, complete: its first admin, its library, its place in the tier programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain.checks import check_currency, check_line
from app.domain.content import LibraryKind
from app.domain.domains import normalise_domain
from app.domain.emails import check_email, normalise_email
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.events import EventType
from app.domain.partners import (
    MAX_SLUG,
    AdvisorStatus,
    BillingModel,
    PartnerStatus,
    PartnerType,
    PaymentMethod,
    TeamRole,
    check_referral_rate,
    unique_slug,
)
from app.domain.text import slugify, sort_key
from app.events.outbox import append
from app.persistence.locks import lock_names
from app.persistence.models import (
    Advisor,
    ContentLibrary,
    Partner,
    VendorUser,
)
from app.services.inputs import arguments
from app.services.invitations.issuance import invite
from app.services.programs.enrolment import enrol
from app.services.use_case import Caller, Done, perform
from app.services.visible import find


@dataclass(frozen=True, slots=True)
class NewAdmin:
    """The first person of a partner team."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class CreatePartner:
    """A partner to create. `referral_rate` overrides the tier's share, such as 0.25 (S4)."""

    idempotency_key: str
    name: str
    type: PartnerType
    currency_code: str
    billing_model: BillingModel
    payment_method: PaymentMethod
    admin: NewAdmin
    domain: str | None = None
    referral_rate: Decimal | None = None
    manager_id: UUID | None = None


async def create_partner(caller: Caller, input: CreatePartner) -> Mapping[str, UUID]:
    """Create an ACTIVE partner with an invited admin.

    Gives the ids `partner`, `advisor` and `invitation`. Raises Refused with REQUIRED, TOO_LONG or
    INVALID for a value, NOT_FOUND for the manager, and NO_POLICY.
    """
    return await perform(
        caller,
        "createPartner",
        input.idempotency_key,
        arguments(input),
        lambda now: _create(caller, input, now),
    )


async def _create(caller: Caller, input: CreatePartner, now: datetime) -> Done:
    problems = _problems(input) + await _manager_problems(caller, input.manager_id)
    if problems:
        raise Refused(problems)
    partner = await _add_partner(caller, input, now)
    await ContentLibrary.create(
        partner=partner,
        kind=LibraryKind.EXCLUSIVE,
        name=f"{partner.name[:190]} library",
        created_at=now,
    )
    admin = await _invite_admin(partner, input.admin, now)
    await enrol(partner, now)
    await append(
        EventType.PARTNER_CREATED,
        subject_id=partner.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"name": partner.name, "slug": partner.slug, "type": partner.type},
    )
    await append(
        EventType.ADVISOR_INVITED,
        subject_id=admin.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"name": admin.name, "role": admin.role},
    )
    invitation = await invite(caller.actor, admin, now)
    ids = {"partner": partner.id, "advisor": admin.id, "invitation": invitation.id}
    return Done(partner.id, partner.id, ids)


def _problems(input: CreatePartner) -> list[Problem]:
    problems = check_line(input.name, "name")
    problems += check_currency(input.currency_code, "currencyCode")
    problems += check_referral_rate(input.referral_rate, "referralRate")
    problems += check_line(input.admin.name, "admin", "name")
    problems += check_email(input.admin.email, "admin", "email")
    try:
        _domain(input)
    except ValueError as error:
        problems.append(Problem(ErrorCode.INVALID, str(error), ("domain",)))
    return problems


def _domain(input: CreatePartner) -> str | None:
    return None if input.domain is None else normalise_domain(input.domain)


async def _manager_problems(caller: Caller, id: UUID | None) -> list[Problem]:
    if id is None or await find(caller, VendorUser, id):
        return []
    message = "There is no such person at the vendor. Check the id."
    return [Problem(ErrorCode.NOT_FOUND, message, ("managerId",))]


async def _add_partner(caller: Caller, input: CreatePartner, now: datetime) -> Partner:
    name = " ".join(input.name.split())
    # A name of symbols alone leaves nothing for a URL.
    wanted = slugify(name) or "partner"
    # Partners that are created at the same time choose one after the other.
    await lock_names(caller.database, "slugs of partners")
    # Room for a number: a name that fills the slug is shortened for it.
    alike = await Partner.filter(slug__startswith=wanted[: MAX_SLUG - 10])
    return await Partner.create(
        name=name,
        name_key=sort_key(name),
        slug=unique_slug(wanted, {partner.slug for partner in alike}),
        type=input.type,
        status=PartnerStatus.ACTIVE,
        domain=_domain(input),
        currency_code=input.currency_code,
        billing_model=input.billing_model,
        payment_method=input.payment_method,
        referral_rate=input.referral_rate,
        manager_id=input.manager_id,
        created_at=now,
    )


async def _invite_admin(partner: Partner, admin: NewAdmin, now: datetime) -> Advisor:
    return await Advisor.create(
        partner=partner,
        name=" ".join(admin.name.split()),
        name_key=sort_key(admin.name),
        email=normalise_email(admin.email),
        role=TeamRole.PARTNER_ADMIN,
        status=AdvisorStatus.INVITED,
        created_at=now,
    )
