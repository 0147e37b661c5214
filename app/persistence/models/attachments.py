"""Files that belong to versions of content. Their bytes are in the storage."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.persistence.models.base import Record, belongs_to, check
from app.persistence.models.content import GRANTED, versions_seen
from app.persistence.tenancy import Tenancy

# A file is seen with its version.
_ATTACHMENTS = (
    f"EXISTS (SELECT 1 FROM content_version v WHERE v.id = t.version_id AND {versions_seen('v')})"
)


class Attachment(Record):
    """A file that belongs to a version of an item, its bytes are in the storage."""

    item = belongs_to("ContentItem")
    item_id: UUID
    version = belongs_to("ContentVersion")
    version_id: UUID
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    name = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=120)
    size = fields.BigIntField()
    # SHA-256 of the bytes, as lower-case hex.
    checksum = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)

    tenancy = Tenancy(
        partner=_ATTACHMENTS,
        advisor=_ATTACHMENTS,
        client_user=f"t.version_id IN {GRANTED.format(column='version_id')}",
    )

    class Meta:
        table = "attachment"
        constraints = [check("attachment", "size", "size >= 0")]
        unique_together = (("version_id", "name"),)
        indexes = [Index(fields=("version_id", "created_at", "id"))]
