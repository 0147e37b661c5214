"""Permissions of root fields: every one names its action, or is public by name.

`query`, `mutation` and `subscription` are the only ways to make a root field; the contract test
walks the schema and finds any other.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from app.auth.policy import Action, decide
from app.domain.identity import Role
from resolvers.error_mapping import ApiError, Code

PERMISSION = "permission"
# Stands for "no permission needed": such a field is on the list in tests/contract as well.
PUBLIC = "PUBLIC"


def require(info: strawberry.Info, action: Action) -> None:
    """Let the actor through. Raises ApiError UNAUTHENTICATED for the public, else FORBIDDEN."""
    actor = info.context.actor
    decision = decide(actor, action)
    if not decision.allowed:
        code = Code.UNAUTHENTICATED if actor.role is Role.PUBLIC else Code.FORBIDDEN
        raise ApiError(decision.reason or "Not allowed.", code)


class _Requires(FieldExtension):
    def __init__(self, action: Action) -> None:
        self.action = action

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        require(info, self.action)
        return await next_(source, info, **kwargs)


def query(permission: Action | str, description: str) -> Callable[[Any], Any]:
    """A query or mutation field for those whom the policy allows the action."""
    extensions: list[FieldExtension] = []
    if isinstance(permission, Action):
        extensions.append(_Requires(permission))
    needs = f" Needs {permission}." if isinstance(permission, Action) else " Public."

    def make(resolver: Any) -> Any:
        return strawberry.field(
            resolver=resolver,
            description=description + needs,
            extensions=extensions,
            metadata={PERMISSION: permission},
        )

    return make


mutation = query


def subscription(permission: Action, description: str) -> Callable[[Any], Any]:
    """A subscription field. Its resolver calls `require` itself, before the first event."""

    def make(resolver: Any) -> Any:
        return strawberry.subscription(
            resolver=resolver,
            description=f"{description} Needs {permission}.",
            metadata={PERMISSION: permission},
        )

    return make
