"""Tier programs as data."""

from typing import Any
from uuid import UUID

from tortoise import fields

from app.domain.programs.vocabulary import BenefitKind, VersionState
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import Tenancy

# A draft is the vendor's own business until it is published.
_PUBLISHED = Tenancy(*("t.status <> 'DRAFT'",) * 4)
_OF_PUBLISHED = Tenancy(
    *("t.version_id IN (SELECT v.id FROM program_version v WHERE v.status <> 'DRAFT')",) * 4
)


class TierProgram(Record):
    """An ordered ladder of tiers, what it says is in its versions."""

    key = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=200)
    description = fields.TextField(default="")
    # The partner types enrolled in it; an empty list is every type.
    partner_types: Any = fields.JSONField(default=list)
    created_at = fields.DatetimeField()

    # A program that has only drafts is not announced yet.
    tenancy = Tenancy(
        *("t.id IN (SELECT v.program_id FROM program_version v WHERE v.status <> 'DRAFT')",) * 4
    )

    class Meta:
        table = "tier_program"


class ProgramVersion(Record):
    """What a program says from a date on, it never changes once it is published."""

    program = belongs_to("TierProgram")
    program_id: UUID
    number = fields.IntField()
    status = code()
    effective_from = fields.DatetimeField()
    # The requirement tree to be placed at all, and the policies, as in the program file.
    gate: Any = fields.JSONField(null=True)
    policy: Any = fields.JSONField(default=dict)
    # The whole program file in canonical form, and its SHA-256.
    definition: Any = fields.JSONField()
    checksum = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    tenancy = _PUBLISHED

    class Meta:
        table = "program_version"
        constraints = [
            one_of("program_version", "status", VersionState),
            check(
                "program_version",
                "published",
                "(status = 'DRAFT') = (published_at IS NULL)",
            ),
        ]
        unique_together = (("program_id", "number"),)


class Tier(Record):
    """One step of the ladder, from rank 1 (the lowest)."""

    version = belongs_to("ProgramVersion")
    version_id: UUID
    key = fields.CharField(max_length=60)
    name = fields.CharField(max_length=120)
    rank = fields.IntField()
    color = fields.CharField(max_length=7, null=True)
    requirement: Any = fields.JSONField(null=True)

    tenancy = _OF_PUBLISHED

    class Meta:
        table = "tier"
        constraints = [
            check("tier", "rank", "rank >= 1"),
        ]
        unique_together = (("version_id", "key"), ("version_id", "rank"))


class Benefit(Record):
    """Something the program gives, the tiers that give it are in `TierBenefit`."""

    version = belongs_to("ProgramVersion")
    version_id: UUID
    key = fields.CharField(max_length=60)
    name = fields.CharField(max_length=200)
    description = fields.TextField(default="")
    kind = code()
    position = fields.IntField()

    tenancy = _OF_PUBLISHED

    class Meta:
        table = "benefit"
        constraints = [
            one_of("benefit", "kind", BenefitKind),
        ]
        unique_together = (("version_id", "key"), ("version_id", "position"))


class TierBenefit(Record):
    """A benefit as one tier gives it: its value there, and what it depends on."""

    version = belongs_to("ProgramVersion")
    version_id: UUID
    tier = belongs_to("Tier")
    tier_id: UUID
    benefit = belongs_to("Benefit")
    benefit_id: UUID
    # The same benefit's place, repeated so that a tier lists in the program's order.
    position = fields.IntField()
    value: Any = fields.JSONField(default=dict)
    condition: Any = fields.JSONField(null=True)

    tenancy = _OF_PUBLISHED

    class Meta:
        table = "tier_benefit"
        unique_together = (("tier_id", "benefit_id"), ("tier_id", "position"))
