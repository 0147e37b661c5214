"""Bringing content to where it is used: pushes with their dry run, locks, sales."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import Refused
from app.domain.pushes import Place, PlaceKind
from app.services.content.lock_client_content import LockClientContent, lock_client_content
from app.services.content.lock_content_item import LockContentItem, lock_content_item
from app.services.content.push_content import preview_push, push_content
from app.services.content.sell_content import SellContent, sell_content
from app.services.content.update_adopted_item import UpdateAdoptedItem, update_adopted_item
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.content_delivery import COUNTED, ContentPushPlace, ContentPushPreview, PushCounts
from schema.errors import user_errors
from schema.inputs.content_delivery import (
    LockClientContentInput,
    LockClientContentPayload,
    LockContentItemInput,
    LockContentItemPayload,
    PushContentInput,
    PushContentPayload,
    SellContentInput,
    SellContentPayload,
    UpdateAdoptedItemInput,
    UpdateAdoptedItemPayload,
)
from schema.node import encode, required_id, row_id

_TYPES = {
    PlaceKind.ADOPTED_ITEM: "ContentItem",
    PlaceKind.TEMPLATE: "ClientTemplate",
    PlaceKind.CLIENT: "Client",
}


@strawberry.type
class PushQueries:
    """Dry runs."""

    @query(
        Action.PUSH_CONTENT,
        "The expected result of `pushContent`, place by place. Nothing is written, and the "
        "idempotency key is ignored.",
    )
    async def preview_content_push(
        self,
        info: strawberry.Info,
        input: Annotated[PushContentInput, strawberry.argument(description="The push.")],
    ) -> ContentPushPreview:
        """Dry-run a push."""
        try:
            places = await preview_push(info.context.caller, input.use_case())
        except Refused as refused:
            return ContentPushPreview(
                counts=None, places=[], user_errors=user_errors(refused.problems)
            )
        return ContentPushPreview(
            counts=_counts(places), places=[_place(place) for place in places], user_errors=[]
        )


def _counts(places: Sequence[Place]) -> PushCounts:
    outcomes = [place.outcome for place in places]
    return PushCounts(**{name: outcomes.count(outcome) for outcome, name in COUNTED.items()})


def _place(place: Place) -> ContentPushPlace:
    return ContentPushPlace(
        kind=place.kind,
        id=encode(_TYPES[place.kind], place.id),
        name=place.name,
        outcome=place.outcome,
        from_number=place.from_number,
    )


@strawberry.type
class PushMutations:
    """Bringing content to where it is used."""

    @mutation(
        Action.ADOPT_CONTENT, "Change an adopted item to the latest or another published version."
    )
    async def update_adopted_item(
        self,
        info: strawberry.Info,
        input: Annotated[UpdateAdoptedItemInput, strawberry.argument(description="The version.")],
    ) -> UpdateAdoptedItemPayload:
        """Take another version."""
        use_case = UpdateAdoptedItem(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            version_id=row_id(input.version_id, "ContentVersion"),
        )
        work = update_adopted_item(info.context.caller, use_case)
        return await answer(UpdateAdoptedItemPayload, work)

    @mutation(
        Action.ADOPT_CONTENT,
        "Lock an adopted item at its version, or unlock it: pushes of the vendor skip locked "
        "items.",
    )
    async def lock_content_item(
        self,
        info: strawberry.Info,
        input: Annotated[LockContentItemInput, strawberry.argument(description="The lock.")],
    ) -> LockContentItemPayload:
        """Lock an adopted item."""
        use_case = LockContentItem(
            idempotency_key=input.idempotency_key,
            item_id=required_id(input.content_item_id, "ContentItem"),
            locked=input.locked,
        )
        work = lock_content_item(info.context.caller, use_case)
        return await answer(LockContentItemPayload, work)

    @mutation(
        Action.PUSH_CONTENT,
        "Push a version to the places that use its item: the vendor to the partners that adopted "
        "it, a partner to its templates and clients. Locked places are skipped. The log is kept.",
    )
    async def push_content(
        self,
        info: strawberry.Info,
        input: Annotated[PushContentInput, strawberry.argument(description="The push.")],
    ) -> PushContentPayload:
        """Push a version."""
        work = push_content(info.context.caller, input.use_case())
        return await answer(PushContentPayload, work)

    @mutation(
        Action.PUSH_CONTENT,
        "Lock a client's grant of an item at its version, or unlock it: pushes skip locked grants.",
    )
    async def lock_client_content(
        self,
        info: strawberry.Info,
        input: Annotated[LockClientContentInput, strawberry.argument(description="The lock.")],
    ) -> LockClientContentPayload:
        """Lock what a client has."""
        use_case = LockClientContent(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            item_id=required_id(input.content_item_id, "ContentItem"),
            locked=input.locked,
        )
        work = lock_client_content(info.context.caller, use_case)
        return await answer(LockClientContentPayload, work)

    @mutation(
        Action.SELL_CONTENT,
        "Sell an item of the partner's own to one of its clients, at the item's price. The vendor "
        "gets its cut, the partner the rest.",
    )
    async def sell_content(
        self,
        info: strawberry.Info,
        input: Annotated[SellContentInput, strawberry.argument(description="The sale.")],
    ) -> SellContentPayload:
        """Sell content."""
        use_case = SellContent(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            item_id=required_id(input.content_item_id, "ContentItem"),
            version_id=row_id(input.version_id, "ContentVersion"),
        )
        work = sell_content(info.context.caller, use_case)
        return await answer(SellContentPayload, work)
