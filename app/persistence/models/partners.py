"""Partner teams (the parents) and their advisors."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.partners import (
    AdvisorStatus,
    BillingModel,
    PartnerStatus,
    PartnerType,
    PaymentMethod,
    TeamRole,
)
from app.persistence.models.base import Record, SortKeyField, belongs_to, code, one_of
from app.persistence.tenancy import Tenancy

_MY_GROUPS = "t.id IN (SELECT m.group_id FROM partner_group_member m WHERE m.partner_id = :partner)"


class Partner(Record):
    """A partner team."""

    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    slug = fields.CharField(max_length=80, unique=True)
    type = code()
    status = code()
    domain = fields.CharField(max_length=253, null=True)
    currency_code = fields.CharField(max_length=3)
    billing_model = code()
    payment_method = code()
    # An agreed share of client charges that overrides the tier's, such as 0.25.
    referral_rate = fields.DecimalField(max_digits=9, decimal_places=6, null=True)
    manager = belongs_to("VendorUser", null=True)
    manager_id: UUID | None
    created_at = fields.DatetimeField()
    # Whom invoices go to: {"name", "lines", "postalCode", "city", "region", "country"}.
    billing_address: Any = fields.JSONField(null=True)
    tax_id = fields.CharField(max_length=40, null=True)
    # How many activity records it has: the position of the newest one.
    activity_count = fields.BigIntField(default=0)

    tenancy = Tenancy(
        partner="t.id = :partner",
        advisor="t.id = :partner",
        client_user="t.id = :partner",
    )

    class Meta:
        table = "partner"
        constraints = [
            one_of("partner", "type", PartnerType),
            one_of("partner", "status", PartnerStatus),
            one_of("partner", "billing_model", BillingModel),
            one_of("partner", "payment_method", PaymentMethod),
        ]
        indexes = [
            Index(fields=("name_key", "id")),
            Index(fields=("created_at", "id")),
        ]


class Advisor(Record):
    """A user of the partner team, works inside clients through assignments."""

    partner = belongs_to("Partner")
    partner_id: UUID
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    email = fields.CharField(max_length=254)
    role = code()
    status = code(default=AdvisorStatus.INVITED)
    subject = fields.CharField(max_length=255, null=True, unique=True)
    active_from = fields.DatetimeField(null=True)
    active_to = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    # A client's user sees the advisors who work or worked in its own team.
    tenancy = Tenancy(
        partner="t.partner_id = :partner",
        advisor="t.partner_id = :partner",
        client_user=(
            "t.partner_id = :partner AND t.id IN (SELECT a.advisor_id FROM advisor_assignment a"
            " WHERE a.client_id = :client)"
        ),
    )

    class Meta:
        table = "advisor"
        constraints = [
            one_of("advisor", "role", TeamRole),
            one_of("advisor", "status", AdvisorStatus),
        ]
        unique_together = (("partner_id", "email"),)
        indexes = [
            Index(fields=("partner_id", "name_key", "id")),
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("name_key", "id")),
            Index(fields=("created_at", "id")),
        ]


class PartnerGroup(Record):
    """A segment of partners that content may be meant for, such as a region or a pilot."""

    key = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    tenancy = Tenancy(
        partner=_MY_GROUPS,
        advisor=_MY_GROUPS,
    )

    class Meta:
        table = "partner_group"
        indexes = [Index(fields=("created_at", "id"))]


class PartnerGroupMember(Record):
    """A partner of a group."""

    group = belongs_to("PartnerGroup")
    group_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    added_at = fields.DatetimeField()

    tenancy = Tenancy(partner="t.partner_id = :partner", advisor="t.partner_id = :partner")

    class Meta:
        table = "partner_group_member"
        unique_together = (("group_id", "partner_id"),)
        indexes = [Index(fields=("partner_id", "added_at", "id"))]
