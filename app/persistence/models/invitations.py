"""Invitations of people to a team. Their tokens are derived from the server secret, never kept."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.persistence.models.base import Record, belongs_to, check
from app.persistence.tenancy import Tenancy, of_client


class Invitation(Record):
    """An invitation of one advisor or client user, to be accepted once until it expires."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    advisor = belongs_to("Advisor", null=True)
    advisor_id: UUID | None
    client_user = belongs_to("ClientUser", null=True)
    client_user_id: UUID | None
    email = fields.CharField(max_length=254)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    # Withdrawn, or followed by another.
    revoked_at = fields.DatetimeField(null=True)

    tenancy = Tenancy(
        partner="t.partner_id = :partner",
        advisor=f"({of_client().advisor} OR (t.partner_id = :partner AND t.client_id IS NULL))",
    )

    class Meta:
        table = "invitation"
        constraints = [
            check(
                "invitation",
                "person",
                "(advisor_id IS NULL) = (client_user_id IS NOT NULL)"
                " AND (client_id IS NULL) = (client_user_id IS NULL)",
            ),
            check("invitation", "end", "accepted_at IS NULL OR revoked_at IS NULL"),
            check("invitation", "expiry", "expires_at > created_at"),
        ]
        indexes = [
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("advisor_id",)),
            Index(fields=("client_user_id",)),
        ]
