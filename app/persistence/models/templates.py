"""Client templates: a partner's recipe for a kind of engagement."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.plans import TemplateStatus
from app.persistence.models.base import Record, SortKeyField, belongs_to, code, one_of
from app.persistence.tenancy import of_partner


class ClientTemplate(Record):
    """The plan, content and advisors that new clients of one kind start with."""

    partner = belongs_to("Partner")
    partner_id: UUID
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    description = fields.TextField(default="")
    engagement_type = fields.CharField(max_length=80, null=True)
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    status = code(default=TemplateStatus.ACTIVE)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    # A client may know the name of the template it was made from.
    tenancy = of_partner(
        client_user="t.id IN (SELECT c.template_id FROM client c WHERE c.id = :client)"
    )

    class Meta:
        table = "client_template"
        constraints = [
            one_of("client_template", "status", TemplateStatus),
        ]
        unique_together = (("partner_id", "name_key"),)
        indexes = [
            Index(fields=("partner_id", "name_key", "id")),
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("name_key", "id")),
            Index(fields=("created_at", "id")),
        ]


class TemplateItem(Record):
    """A content item of a template: at a version, or (null) the latest published one."""

    partner = belongs_to("Partner")
    partner_id: UUID
    template = belongs_to("ClientTemplate")
    template_id: UUID
    item = belongs_to("ContentItem")
    item_id: UUID
    version = belongs_to("ContentVersion", null=True)
    version_id: UUID | None
    position = fields.IntField()

    tenancy = of_partner()

    class Meta:
        table = "template_item"
        unique_together = (("template_id", "item_id"), ("template_id", "position"))
        indexes = [Index(fields=("item_id", "template_id", "id"))]


class TemplateAdvisor(Record):
    """An advisor whom new clients of a template get unless others are named."""

    partner = belongs_to("Partner")
    partner_id: UUID
    template = belongs_to("ClientTemplate")
    template_id: UUID
    advisor = belongs_to("Advisor")
    advisor_id: UUID
    position = fields.IntField()

    tenancy = of_partner()

    class Meta:
        table = "template_advisor"
        unique_together = (("template_id", "advisor_id"), ("template_id", "position"))
