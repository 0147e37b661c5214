"""Content libraries, items, versions and what clients were given."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.content import AudienceKind, ContentKind, GrantSource, LibraryKind, VersionStatus
from app.domain.domains import normalise_domain
from app.domain.text import sort_key
from app.persistence import models
from app.reads.sources import Column, Fetch, Filter, Order, Paging, Wanted
from schema.billing import Money, money
from schema.connections import Connection, OrderDirection
from schema.enums import described
from schema.fields import column, computed, derived, many, one, page, reads
from schema.node import Node
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.attachments import Attachment
    from schema.clients import Client
    from schema.content_delivery import ContentPush, ContentSale
    from schema.partners import Partner
    from schema.templates import TemplateItem

described(
    LibraryKind,
    "The kind of owner of a library.",
    OPEN="The vendor's, for every partner to pick from.",
    EXCLUSIVE="One partner's, for its own clients only.",
)
described(
    ContentKind,
    "A kind of content item.",
    ASSESSMENT_TEMPLATE="Questions for an assessment.",
    AUTHORITY_DOCUMENT="A law, standard or framework.",
    CONTROL_SET="Controls to put in place.",
    POLICY="A policy text.",
    RISK_LIBRARY="A collection of risks.",
    PLAYBOOK="Steps to follow in a situation.",
    TRAINING="Training material.",
    COLLATERAL="Sales and marketing material.",
)
described(
    VersionStatus,
    "The state of a content version.",
    DRAFT="Being written; only its owner and the vendor see it.",
    PUBLISHED="In use; it never changes.",
    RETIRED="Not given to anyone new.",
)
described(
    GrantSource,
    "How a client got content.",
    TEMPLATE="With the template the client was created from.",
    PUSH="Pushed by the partner.",
    SALE="Sold by the partner.",
)


@strawberry.type(description="One numbered version of an item; a published one never changes.")
@reads(models.ContentVersion, Action.READ_CONTENT)
class ContentVersion(Node):
    """A version of an item."""

    number: int = column("Counts from 1.")
    status: VersionStatus = column("Its state.")
    body: str = column("The text itself, in Markdown.")
    checksum: str = column("SHA-256 of the body in UTF-8, as lower-case hex.")
    notes: str = column("What is new in it; may be empty.")
    created_at: DateTime = column("When it was written.")
    published_at: DateTime | None = column("When it was published; null for a draft.")
    retired_at: DateTime | None = column("When it was retired; null while in use.")
    attachments: list[Annotated["Attachment", strawberry.lazy("schema.attachments")]] = many(
        "Its attached files, oldest first.",
        key="t.version_id",
        order="t.created_at, t.id",
    )
    item: Annotated["ContentItem", strawberry.lazy("schema.content")] | None = one(
        "The item it is of. Null for a client user whose partner adopted it, as they may not see "
        "the open item.",
        "t.item_id",
    )


class ContentItemOrderField(StrEnum):
    """What items can be ordered by."""

    TITLE = "TITLE"
    CREATED_AT = "CREATED_AT"


described(
    ContentItemOrderField,
    "Orderings of content items.",
    TITLE="The title, without regard to case and accents.",
    CREATED_AT="When the item was created.",
)


@strawberry.input(description="An ordering of content items.")
class ContentItemOrder:
    """An ordering of items."""

    field: ContentItemOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on content items; all that are set must match.")
class ContentItemFilter:
    """Conditions on items."""

    search: str | None = strawberry.field(
        default=None, description="Part of the title, without regard to case and accents."
    )
    kind: list[ContentKind] | None = strawberry.field(
        default=None, description="One of these kinds."
    )


def like(text: str) -> str:
    """A pattern that finds a text anywhere, for `LIKE ... ESCAPE '!'`."""
    key = sort_key(text)
    for special in "!%_":
        key = key.replace(special, f"!{special}")
    return f"%{key}%"


def domain_filter(text: str) -> str:
    """A website domain in normal form, so that every spelling finds it."""
    try:
        return normalise_domain(text)
    except ValueError:
        return text


CONTENT_ITEMS = Paging(
    orders={
        "TITLE": Order("t.title_key", "text"),
        "CREATED_AT": Order("t.created_at", "time"),
    },
    default="TITLE",
    filters={
        "search": Filter("t.title_key LIKE {v} ESCAPE '!'", convert=like),
        "kind": Filter("t.kind", many=True),
    },
)

CONTENT_GRANTS = Paging(
    orders={"GRANTED_AT": Order("t.granted_at", "time")}, default="GRANTED_AT", descending=True
)
CONTENT_PUSHES = Paging(
    orders={"PUSHED_AT": Order("t.pushed_at", "time")}, default="PUSHED_AT", descending=True
)
_PUSHES_OF_ITEM = Paging(
    orders={"VERSION": Order("t.version_id", "uuid")}, default="VERSION", descending=True
)
CONTENT_SALES = Paging(
    orders={"SOLD_AT": Order("t.sold_at", "time")}, default="SOLD_AT", descending=True
)
# Where an item is used, each in the order in which it began.
ADOPTIONS = Paging(orders={"PARTNER": Order("t.partner_id", "uuid")}, default="PARTNER")
TEMPLATE_ITEMS = Paging(orders={"TEMPLATE": Order("t.template_id", "uuid")}, default="TEMPLATE")

described(
    AudienceKind,
    "Whom an audience names.",
    TIER="Partners that are in a tier with this key, in whatever program.",
    GROUP="Partners of a group.",
)


@strawberry.type(description="A tier or group whose partners see an item.")
@reads(models.ContentAudience, Action.READ_CONTENT)
class ContentAudience(Node):
    """One of those an item is for."""

    kind: AudienceKind = column("The kind of object the key belongs to.")
    key: str = column("The key of the tier or the group.")


async def _retired(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """Whether an item is retired, by its id: all of its versions are."""
    rows = await fetch(
        models.ContentVersion,
        "SELECT t.item_id AS key, MIN(CASE WHEN t.status = 'RETIRED' THEN 1 ELSE 0 END) AS retired"
        " FROM content_version t WHERE t.item_id{keys} AND {scope} GROUP BY t.item_id",
    )
    return {str(row["key"]): bool(row["retired"]) for row in rows}


@strawberry.type(description="One asset of a library.")
@reads(models.ContentItem, Action.READ_CONTENT)
class ContentItem(Node):
    """An item of a library."""

    kind: ContentKind = column("What it is.")
    title: str = column("Its title.")
    description: str = column("What it is for; may be empty.")
    tags: list[str] = column("Words to find it by.")
    price: Money | None = derived(
        "Its price for the partner's clients; null if it is free.",
        money,
        Column("t.price_minor", "int"),
        Column("t.price_currency", "text"),
    )
    audience: list[ContentAudience] = many(
        "Whom an open item is for; empty for all partners.",
        key="t.item_id",
        order="t.kind, t.key",
    )
    locked: bool = column("Whether a newer version may not be pushed to it.")
    retired: bool = computed(
        "Whether all of its versions that you may see are retired; of an adopted item, those of "
        "the open one.",
        _retired,
        missing=False,
        link="COALESCE(t.adopted_item_id, t.id)",
    )
    created_at: DateTime = column("When it was created.")
    library: Annotated["ContentLibrary", strawberry.lazy("schema.content")] = one(
        "The library it belongs to.", "t.library_id"
    )
    versions: list[ContentVersion] = many(
        "Its versions that you may see, newest first. An adopted item has none of its own: see "
        "`adoptedVersion`.",
        key="t.item_id",
        order="t.number DESC",
    )
    latest_version: ContentVersion | None = many(
        "The newest published version; null before the first.",
        key="t.item_id",
        order="t.number DESC",
        where="t.status = 'PUBLISHED'",
    )
    adopted_from: Annotated["ContentItem", strawberry.lazy("schema.content")] | None = one(
        "The open item that this one was adopted from; null for the library's own.",
        "t.adopted_item_id",
    )
    adopted_version: ContentVersion | None = one(
        "The version that was adopted; null for the library's own items.", "t.adopted_version_id"
    )
    adoptions: Connection[Annotated["ContentItem", strawberry.lazy("schema.content")]] = page(
        "The items of partners that were adopted from it: all for the vendor, your team's own for "
        "a partner.",
        key="t.adopted_item_id",
        paging=ADOPTIONS,
    )
    templates: Connection[Annotated["TemplateItem", strawberry.lazy("schema.templates")]] = page(
        "The client templates that hold it. Empty for client users.",
        key="t.item_id",
        paging=TEMPLATE_ITEMS,
    )
    grants: Connection[Annotated["ContentGrant", strawberry.lazy("schema.content")]] = page(
        "The clients that have it and that you may see, newest first.",
        key="t.item_id",
        paging=CONTENT_GRANTS,
    )
    pushes: Connection[Annotated["ContentPush", strawberry.lazy("schema.content_delivery")]] = page(
        "Pushes of its versions to the places that use it, newest version first; each side sees "
        "its own pushes, the vendor all.",
        key="t.item_id",
        paging=_PUSHES_OF_ITEM,
    )
    sales: Connection[Annotated["ContentSale", strawberry.lazy("schema.content_delivery")]] = page(
        "Its sales to clients, newest first. Empty for client users.",
        key="t.item_id",
        paging=CONTENT_SALES,
    )


@strawberry.type(description="A collection of content.")
@reads(models.ContentLibrary, Action.READ_CONTENT)
class ContentLibrary(Node):
    """A library."""

    kind: LibraryKind = column("Its owner.")
    name: str = column("Its name.")
    created_at: DateTime = column("When it was opened.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] | None = one(
        "The partner that owns it; null for the open library.", "t.partner_id"
    )
    items: Connection[ContentItem] = page(
        "Its items that you may see.",
        key="t.library_id",
        paging=CONTENT_ITEMS,
        where=ContentItemFilter,
        order_by=ContentItemOrder,
    )


@strawberry.type(description="A version of an item that a client has.")
@reads(models.ContentGrant, Action.READ_CLIENTS)
class ContentGrant(Node):
    """What a client was given."""

    item: ContentItem = one("The item.", "t.item_id")
    version: ContentVersion = one(
        "The version it has, even if there are later ones.", "t.version_id"
    )
    source: GrantSource = column("How the client got it.")
    granted_at: DateTime = column("When the client got it.")
    locked: bool = column("Whether it stays at its version when another one is pushed.")
    client: Annotated["Client", strawberry.lazy("schema.clients")] = one(
        "The client that has it.", "t.client_id"
    )
