"""How content comes to clients later on: pushes of new versions, and sales."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.content import PushOutcome
from app.domain.plans import Payer
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import ASSIGNED_CLIENTS, Tenancy, of_client, of_partner


class ContentPush(Record):
    """A version that was brought to the templates and clients that use its item."""

    # Who pushed: a partner, or (null) the vendor.
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    item = belongs_to("ContentItem")
    item_id: UUID
    version = belongs_to("ContentVersion")
    version_id: UUID
    pushed_at = fields.DatetimeField()
    pushed_by = fields.UUIDField(null=True)

    tenancy = of_partner()

    class Meta:
        table = "content_push"
        indexes = [
            Index(fields=("item_id", "version_id", "id")),
            Index(fields=("partner_id", "pushed_at", "id")),
        ]


class ContentPushEntry(Record):
    """What a push did to one adopted item, template or client."""

    push = belongs_to("ContentPush")
    push_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    # Just one of these: where it is used.
    adopted_item = belongs_to("ContentItem", null=True)
    adopted_item_id: UUID | None
    template = belongs_to("ClientTemplate", null=True)
    template_id: UUID | None
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    outcome = code()
    from_version = belongs_to("ContentVersion", null=True)
    from_version_id: UUID | None

    # An advisor learns nothing of clients that others work in.
    tenancy = Tenancy(
        partner="t.partner_id = :partner",
        advisor=(
            "t.partner_id = :partner"
            f" AND (t.client_id IS NULL OR t.client_id IN {ASSIGNED_CLIENTS})"
        ),
    )

    class Meta:
        table = "content_push_entry"
        constraints = [one_of("content_push_entry", "outcome", PushOutcome)]
        indexes = [Index(fields=("push_id", "partner_id", "id"))]


class ContentSale(Record):
    """An item that a partner sold to a client, with what each side gets of it."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    item = belongs_to("ContentItem")
    item_id: UUID
    version = belongs_to("ContentVersion")
    version_id: UUID
    currency_code = fields.CharField(max_length=3)
    # price = vendor's cut + partner's revenue.
    price_minor = fields.BigIntField()
    cut_rate = fields.DecimalField(max_digits=9, decimal_places=6)
    cut_minor = fields.BigIntField()
    revenue_minor = fields.BigIntField()
    # Who is charged, by the partner's billing model of that moment.
    payer = code()
    sold_at = fields.DatetimeField()
    sold_by = fields.UUIDField(null=True)

    # What the partner gets of it is no business of its client's.
    tenancy = Tenancy(partner=of_client().partner, advisor=of_client().advisor)

    class Meta:
        table = "content_sale"
        constraints = [
            one_of("content_sale", "payer", Payer),
            check(
                "content_sale",
                "parts",
                "price_minor = cut_minor + revenue_minor AND cut_minor >= 0 AND revenue_minor >= 0",
            ),
        ]
        # Sold once: the client has it then, in whatever version follows.
        unique_together = (("client_id", "item_id"),)
        indexes = [
            Index(fields=("partner_id", "sold_at", "id")),
            Index(fields=("client_id", "sold_at", "id")),
            Index(fields=("item_id", "sold_at", "id")),
        ]
