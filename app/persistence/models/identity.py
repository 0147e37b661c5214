"""API keys: shown once, kept as a keyed hash."""

from typing import Any
from uuid import UUID

from tortoise import fields

from app.domain.identity import Role
from app.persistence.models.base import Record, belongs_to, code, one_of
from app.persistence.tenancy import VENDOR_ONLY


class ApiKey(Record):
    """A key `pg_<public_id>.<secret>` and what it may do.

    `role` APP acts for the partner (or, without one, for the vendor) within its scopes. Another
    role acts as the person named.
    """

    public_id = fields.CharField(max_length=32, unique=True)
    secret_hash = fields.CharField(max_length=64)
    name = fields.CharField(max_length=120)
    role = code()
    scopes: Any = fields.JSONField(default=list)
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    vendor_user = belongs_to("VendorUser", null=True)
    vendor_user_id: UUID | None
    advisor = belongs_to("Advisor", null=True)
    advisor_id: UUID | None
    client_user = belongs_to("ClientUser", null=True)
    client_user_id: UUID | None
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    tenancy = VENDOR_ONLY

    class Meta:
        table = "api_key"
        constraints = [
            one_of(
                "api_key",
                "role",
                [
                    Role.VENDOR_ADMIN,
                    Role.VENDOR_ANALYST,
                    Role.PARTNER_ADMIN,
                    Role.ADVISOR,
                    Role.CLIENT_USER,
                    Role.APP,
                ],
            ),
        ]
