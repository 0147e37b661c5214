"""Client teams (the children), their users and the advisors assigned to them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.clients import (
    AssignmentRole,
    ClientStatus,
    ClientUserStatus,
    SizeSource,
)
from app.domain.domains import DomainProblem
from app.persistence.models.base import (
    Record,
    SortKeyField,
    belongs_to,
    check,
    code,
    one_of,
)
from app.persistence.tenancy import of_client


class Client(Record):
    """A client team, it belongs to exactly one partner."""

    partner = belongs_to("Partner")
    partner_id: UUID
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    domain = fields.CharField(max_length=253)
    # The same domain lives under another partner too: told to the vendor alone.
    domain_shared = fields.BooleanField(default=False)
    # Set for rows from before domains had one form, where that form could not be stored.
    domain_problem = code(null=True)
    employee_count = fields.IntField(null=True)
    bracket = belongs_to("EmployeeBracket", to_field="code")
    bracket_id: str
    size_source = code()
    status = code(default=ClientStatus.ACTIVE)
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    template = belongs_to("ClientTemplate", null=True)
    template_id: UUID | None
    # Whom invoices go to if it pays itself: as of a partner.
    billing_address: Any = fields.JSONField(null=True)
    tax_id = fields.CharField(max_length=40, null=True)
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)

    tenancy = of_client("id")

    class Meta:
        table = "client"
        constraints = [
            one_of("client", "status", ClientStatus),
            one_of("client", "size_source", SizeSource),
            one_of("client", "domain_problem", DomainProblem),
            check("client", "employees", "employee_count IS NULL OR employee_count >= 1"),
            check(
                "client",
                "size",
                "(size_source = 'COUNTED') = (employee_count IS NOT NULL)",
            ),
            check(
                "client",
                "archived",
                "(status = 'ARCHIVED') = (archived_at IS NOT NULL)",
            ),
        ]
        indexes = [
            Index(fields=("partner_id", "name_key", "id")),
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("name_key", "id")),
            Index(fields=("created_at", "id")),
            Index(fields=("domain",)),
            Index(fields=("template_id", "id")),
            Index(fields=("template_id", "created_at", "id")),
            Index(fields=("template_id", "partner_id", "created_at", "id")),
        ]


class AdvisorAssignment(Record):
    """An advisor working inside a client, from a moment until another."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    advisor = belongs_to("Advisor")
    advisor_id: UUID
    role = code(default=AssignmentRole.ADMIN)
    assigned_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    tenancy = of_client()

    class Meta:
        table = "advisor_assignment"
        constraints = [
            one_of("advisor_assignment", "role", AssignmentRole),
            check(
                "advisor_assignment",
                "ended",
                "ended_at IS NULL OR ended_at >= assigned_at",
            ),
        ]
        indexes = [
            Index(fields=("client_id", "assigned_at", "id")),
            Index(fields=("advisor_id", "assigned_at", "id")),
        ]


class ClientUser(Record):
    """A user of one client team."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    email = fields.CharField(max_length=254)
    status = code(default=ClientUserStatus.INVITED)
    subject = fields.CharField(max_length=255, null=True, unique=True)
    created_at = fields.DatetimeField()

    tenancy = of_client()

    class Meta:
        table = "client_user"
        constraints = [
            one_of("client_user", "status", ClientUserStatus),
        ]
        unique_together = (("client_id", "email"),)
        indexes = [
            Index(fields=("client_id", "name_key", "id")),
            Index(fields=("client_id", "created_at", "id")),
        ]
