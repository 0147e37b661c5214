"""Queries and mutations on content."""

from decimal import Decimal
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import ErrorCode, Problem
from app.domain.money import Money
from app.services.content.adopt_content_item import AdoptContentItem, adopt_content_item
from app.services.content.audiences import EVERYBODY
from app.services.content.create_content_item import CreateContentItem, create_content_item
from app.services.content.draft_content_version import (
    DraftContentVersion,
    draft_content_version,
)
from app.services.content.publish_content_version import (
    PublishContentVersion,
    publish_content_version,
)
from app.services.content.retire_content_version import (
    RetireContentVersion,
    retire_content_version,
)
from app.services.content.update_content_item import UpdateContentItem, update_content_item
from app.services.content.update_content_version import (
    UpdateContentVersion,
    update_content_version,
)
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.content import ContentItem, ContentLibrary
from schema.errors import user_errors
from schema.inputs.content import (
    AdoptContentItemInput,
    AdoptContentItemPayload,
    CreateContentItemInput,
    CreateContentItemPayload,
    DraftContentVersionInput,
    DraftContentVersionPayload,
    MoneyInput,
    PublishContentVersionInput,
    PublishContentVersionPayload,
    RetireContentVersionInput,
    RetireContentVersionPayload,
    UpdateContentItemInput,
    UpdateContentItemPayload,
    UpdateContentVersionInput,
    UpdateContentVersionPayload,
)
from schema.node import required_id, row_id
from schema.planned import selection_of


@strawberry.type
class ContentQueries:
    """Content."""

    @query(Action.READ_CONTENT, "A content item by id; null if there is none that you may see.")
    async def content_item(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    ) -> ContentItem | None:
        """One item."""
        return await info.context.reads.one(selection_of(info), required_id(id, "ContentItem"))

    @query(Action.READ_CONTENT, "The libraries that you may see, the open one first.")
    async def content_libraries(self, info: strawberry.Info) -> list[ContentLibrary]:
        """Libraries."""
        order = "CASE WHEN t.partner_id IS NULL THEN 0 ELSE 1 END, t.id"
        return await info.context.reads.many(selection_of(info), order)


@strawberry.type
class ContentMutations:
    """Changes to content."""

    @mutation(
        Action.CREATE_CONTENT,
        "Make a content item with its version 1, in your own library: the open one for the vendor.",
    )
    async def create_content_item(
        self,
        info: strawberry.Info,
        input: Annotated[CreateContentItemInput, strawberry.argument(description="The item.")],
    ) -> CreateContentItemPayload:
        """Make an item."""
        price = _money(input.price) if input.price else None
        if isinstance(price, Problem):
            return CreateContentItemPayload(ids={}, user_errors=user_errors([price]))
        use_case = CreateContentItem(
            idempotency_key=input.idempotency_key,
            kind=input.kind,
            title=input.title,
            body=input.body,
            description=input.description,
            notes=input.notes,
            tags=tuple(input.tags or ()),
            price=price,
            audience=input.audience.use_case() if input.audience else EVERYBODY,
            publish=input.publish,
        )
        work = create_content_item(info.context.caller, use_case)
        return await answer(CreateContentItemPayload, work)

    @mutation(
        Action.PUBLISH_CONTENT,
        "Publish a draft, or a new version from a text. A published version never changes.",
    )
    async def publish_content_version(
        self,
        info: strawberry.Info,
        input: Annotated[
            PublishContentVersionInput, strawberry.argument(description="The version.")
        ],
    ) -> PublishContentVersionPayload:
        """Publish a version."""
        use_case = PublishContentVersion(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            version_id=row_id(input.version_id, "ContentVersion"),
            body=input.body,
            notes=input.notes,
        )
        work = publish_content_version(info.context.caller, use_case)
        return await answer(PublishContentVersionPayload, work)

    @mutation(
        Action.CREATE_CONTENT,
        "Change the title, description, tags, price or audience of an item of your own library.",
    )
    async def update_content_item(
        self,
        info: strawberry.Info,
        input: Annotated[UpdateContentItemInput, strawberry.argument(description="The changes.")],
    ) -> UpdateContentItemPayload:
        """Change an item."""
        price = _money(input.price) if input.price else None
        if isinstance(price, Problem):
            return UpdateContentItemPayload(ids={}, user_errors=user_errors([price]))
        use_case = UpdateContentItem(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            title=input.title,
            description=input.description,
            tags=None if input.tags is None else tuple(input.tags),
            price=price,
            free=input.price is None,
            audience=input.audience.use_case() if input.audience else None,
        )
        work = update_content_item(info.context.caller, use_case)
        return await answer(UpdateContentItemPayload, work)

    @mutation(Action.CREATE_CONTENT, "Write the next version of an item, without publishing it.")
    async def draft_content_version(
        self,
        info: strawberry.Info,
        input: Annotated[DraftContentVersionInput, strawberry.argument(description="The draft.")],
    ) -> DraftContentVersionPayload:
        """Write a draft."""
        use_case = DraftContentVersion(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            body=input.body,
            notes=input.notes,
        )
        work = draft_content_version(info.context.caller, use_case)
        return await answer(DraftContentVersionPayload, work)

    @mutation(Action.CREATE_CONTENT, "Change a draft. A published version never changes.")
    async def update_content_version(
        self,
        info: strawberry.Info,
        input: Annotated[
            UpdateContentVersionInput, strawberry.argument(description="The changes.")
        ],
    ) -> UpdateContentVersionPayload:
        """Change a draft."""
        use_case = UpdateContentVersion(
            idempotency_key=input.idempotency_key,
            version_id=required_id(input.version_id, "ContentVersion"),
            body=input.body,
            notes=input.notes,
        )
        work = update_content_version(info.context.caller, use_case)
        return await answer(UpdateContentVersionPayload, work)

    @mutation(
        Action.PUBLISH_CONTENT,
        "Retire a published version: it is not given to anyone new, and those who have it keep "
        "it. An item is retired with the last of its versions.",
    )
    async def retire_content_version(
        self,
        info: strawberry.Info,
        input: Annotated[
            RetireContentVersionInput, strawberry.argument(description="The version.")
        ],
    ) -> RetireContentVersionPayload:
        """Retire a version."""
        use_case = RetireContentVersion(
            input.idempotency_key, required_id(input.version_id, "ContentVersion")
        )
        work = retire_content_version(info.context.caller, use_case)
        return await answer(RetireContentVersionPayload, work)

    @mutation(Action.ADOPT_CONTENT, "Adopt an item of the open library into the partner's own.")
    async def adopt_content_item(
        self,
        info: strawberry.Info,
        input: Annotated[AdoptContentItemInput, strawberry.argument(description="The item.")],
    ) -> AdoptContentItemPayload:
        """Adopt an item."""
        use_case = AdoptContentItem(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            version_id=row_id(input.version_id, "ContentVersion"),
        )
        work = adopt_content_item(info.context.caller, use_case)
        return await answer(AdoptContentItemPayload, work)


def _money(given: MoneyInput) -> Money | Problem:
    try:
        return Money.exactly(Decimal(given.amount), given.currency_code)
    except ValueError as error:
        return Problem(ErrorCode.INVALID, str(error), ("price", "amount"))
