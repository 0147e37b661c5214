"""The vendor that runs the program, and its people."""

from typing import Any

from tortoise import fields

from app.domain.identity import Role
from app.persistence.models.base import Record, SortKeyField, code, one_of
from app.persistence.tenancy import SHARED, Tenancy


class Vendor(Record):
    """One deployment serves one vendor: a single row."""

    name = fields.CharField(max_length=200)
    website = fields.CharField(max_length=253, null=True)
    address: Any = fields.JSONField(default=dict)
    tax_id = fields.CharField(max_length=40, null=True)
    home_currency = fields.CharField(max_length=3)
    time_zone = fields.CharField(max_length=64)
    # What the vendor decides, such as {"returnSlotOnArchive": false}.
    policies: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField()
    # How far a demo's clock was moved ahead of real time; a production setting never looks at it.
    clock_offset_seconds = fields.BigIntField(default=0)
    # Events up to this sequence may be gone: a cursor behind it has expired.
    events_deleted_through = fields.BigIntField(default=0)

    tenancy = SHARED

    class Meta:
        table = "vendor"


class VendorUser(Record):
    """A person of the vendor: administrator, analyst or channel account manager."""

    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    email = fields.CharField(max_length=254, unique=True)
    title = fields.CharField(max_length=120, null=True)
    role = code()
    subject = fields.CharField(max_length=255, null=True, unique=True)
    created_at = fields.DatetimeField()

    # A partner reads its own account manager; nothing lists the vendor's people to it.
    tenancy = Tenancy(
        partner="t.id IN (SELECT p.manager_id FROM partner p WHERE p.id = :partner)",
        advisor="t.id IN (SELECT p.manager_id FROM partner p WHERE p.id = :partner)",
    )

    class Meta:
        table = "vendor_user"
        constraints = [
            one_of("vendor_user", "role", [Role.VENDOR_ADMIN, Role.VENDOR_ANALYST]),
        ]
