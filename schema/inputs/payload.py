"""What all mutation payloads share: the objects they lead to, and the refusals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from schema.errors import UserError
from schema.planned import selection_of


def idempotency_key() -> Any:
    """The field that every mutation input has."""
    return strawberry.field(
        description="Chosen by the caller: 1–120 characters, such as a UUID. Repeating the call "
        "with the same key has no further effect and returns the same result; a "
        "different call with it is refused with IDEMPOTENCY_KEY_REUSED."
    )


@strawberry.interface(description="The result of a mutation.")
class Payload:
    """A mutation's answer."""

    ids: strawberry.Private[Mapping[str, UUID]]
    user_errors: list[UserError] = strawberry.field(
        description="Why the call was refused; empty if it succeeded. If there is one, nothing "
        "was written."
    )


def loaded(name: str, description: str) -> Any:
    """A payload field: the object whose id the use case gave under this name, as it is now."""

    async def load(root: Any, info: strawberry.Info) -> Any:
        id = root.ids.get(name)
        if id is None:
            return None
        return await info.context.reads.one(selection_of(info), id)

    return strawberry.field(resolver=load, description=description)
