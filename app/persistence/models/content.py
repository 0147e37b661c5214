"""Content libraries, their items and immutable versions, and what clients were given."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.content import (
    AudienceKind,
    ContentKind,
    GrantSource,
    LibraryKind,
    VersionStatus,
)
from app.persistence.models.base import (
    Record,
    SortKeyField,
    belongs_to,
    check,
    code,
    one_of,
)
from app.persistence.tenancy import Tenancy, of_client

_OPEN_OR_MINE = "(t.partner_id IS NULL OR t.partner_id = :partner)"


def in_audience(item: str) -> str:
    """Whether an item is for everybody, or for the partner by its tier or group, or adopted by it.

    `item` is SQL for the item's id.
    """
    return (
        f"(NOT EXISTS (SELECT 1 FROM content_audience a WHERE a.item_id = {item})"
        " OR EXISTS (SELECT 1 FROM content_audience a JOIN tier r ON r.key = a.key"
        " JOIN standing s ON s.tier_id = r.id"
        f" WHERE a.item_id = {item} AND a.kind = 'TIER' AND s.partner_id = :partner)"
        " OR EXISTS (SELECT 1 FROM content_audience a JOIN partner_group g ON g.key = a.key"
        " JOIN partner_group_member m ON m.group_id = g.id"
        f" WHERE a.item_id = {item} AND a.kind = 'GROUP' AND m.partner_id = :partner)"
        " OR EXISTS (SELECT 1 FROM content_item x"
        f" WHERE x.partner_id = :partner AND x.adopted_item_id = {item}))"
    )


_ITEMS = f"(t.partner_id = :partner OR (t.partner_id IS NULL AND {in_audience('t.id')}))"


def versions_seen(version: str) -> str:
    """Whether a partner's people see a version of content. `version` is the alias of its table.

    Drafts are their owner's business: a partner does not see the vendor's.
    """
    return (
        f"({version}.partner_id = :partner OR ({version}.partner_id IS NULL"
        f" AND {version}.status <> 'DRAFT' AND {in_audience(f'{version}.item_id')}))"
    )


GRANTED = "(SELECT g.{column} FROM content_grant g WHERE g.client_id = :client)"


class ContentLibrary(Record):
    """The vendor's open library (no partner), or the exclusive library of one partner."""

    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    kind = code()
    name = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()

    tenancy = Tenancy(
        partner=_OPEN_OR_MINE,
        advisor=_OPEN_OR_MINE,
        client_user="t.partner_id = :partner",
    )

    class Meta:
        table = "content_library"
        unique_together = (("partner_id",),)
        constraints = [
            one_of("content_library", "kind", LibraryKind),
            check("content_library", "owner", "(kind = 'OPEN') = (partner_id IS NULL)"),
        ]


class ContentItem(Record):
    """One asset of a library."""

    library = belongs_to("ContentLibrary")
    library_id: UUID
    # The library's partner, repeated so that every read can be scoped by itself.
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    kind = code()
    title = fields.CharField(max_length=200)
    title_key = SortKeyField()
    description = fields.TextField(default="")
    tags: Any = fields.JSONField(default=list)
    # What a partner asks its clients for it, in minor units; null is free of charge.
    price_minor = fields.BigIntField(null=True)
    price_currency = fields.CharField(max_length=3, null=True)
    # Set on an adopted item: the open item it refers to, at which version.
    adopted_item = belongs_to("ContentItem", null=True)
    adopted_item_id: UUID | None
    adopted_version = belongs_to("ContentVersion", null=True)
    adopted_version_id: UUID | None
    locked = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    tenancy = Tenancy(
        partner=_ITEMS,
        advisor=_ITEMS,
        client_user=f"t.id IN {GRANTED.format(column='item_id')}",
    )

    class Meta:
        table = "content_item"
        constraints = [
            one_of("content_item", "kind", ContentKind),
            check(
                "content_item",
                "price",
                "(price_minor IS NULL) = (price_currency IS NULL)",
            ),
            check(
                "content_item",
                "price_positive",
                "price_minor IS NULL OR price_minor >= 0",
            ),
            check(
                "content_item",
                "adopted",
                "(adopted_item_id IS NULL) = (adopted_version_id IS NULL)",
            ),
        ]
        indexes = [
            Index(fields=("library_id", "title_key", "id")),
            Index(fields=("library_id", "created_at", "id")),
            Index(fields=("adopted_item_id", "partner_id")),
        ]


class ContentAudience(Record):
    """A tier or a group whose partners an open item is for, an item without any is for all."""

    item = belongs_to("ContentItem")
    item_id: UUID
    kind = code()
    # The key of a tier, in whatever program, or of a group of partners.
    key = fields.CharField(max_length=60)

    # Whoever sees the item sees whom it is for.
    tenancy = Tenancy(partner=in_audience("t.item_id"), advisor=in_audience("t.item_id"))

    class Meta:
        table = "content_audience"
        constraints = [one_of("content_audience", "kind", AudienceKind)]
        unique_together = (("item_id", "kind", "key"),)


class ContentVersion(Record):
    """One numbered version of an item, it never changes once it is published."""

    item = belongs_to("ContentItem")
    item_id: UUID
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    number = fields.IntField()
    status = code(default=VersionStatus.DRAFT)
    body = fields.TextField()
    checksum = fields.CharField(max_length=64)
    notes = fields.TextField(default="")
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    retired_at = fields.DatetimeField(null=True)

    tenancy = Tenancy(
        partner=versions_seen("t"),
        advisor=versions_seen("t"),
        client_user=f"t.id IN {GRANTED.format(column='version_id')}",
    )

    class Meta:
        table = "content_version"
        constraints = [
            one_of("content_version", "status", VersionStatus),
            check("content_version", "number", "number >= 1"),
            check(
                "content_version",
                "published",
                "(status = 'DRAFT') = (published_at IS NULL)",
            ),
        ]
        unique_together = (("item_id", "number"),)


class ContentGrant(Record):
    """A version of an item that a client has."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    item = belongs_to("ContentItem")
    item_id: UUID
    version = belongs_to("ContentVersion")
    version_id: UUID
    source = code()
    granted_at = fields.DatetimeField()
    # A push leaves it at its version.
    locked = fields.BooleanField(default=False)

    tenancy = of_client()

    class Meta:
        table = "content_grant"
        constraints = [
            one_of("content_grant", "source", GrantSource),
        ]
        unique_together = (("client_id", "item_id"),)
        indexes = [
            Index(fields=("client_id", "granted_at", "id")),
            Index(fields=("client_id", "version_id")),
            Index(fields=("item_id", "granted_at", "id")),
        ]
