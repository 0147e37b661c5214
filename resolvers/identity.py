"""`viewer` and `vendor`: who asks, and who runs the program."""

import strawberry

from app.domain.identity import Role
from resolvers.permissions import PUBLIC, query
from schema.identity import Viewer
from schema.planned import selection_of
from schema.vendor import Vendor


@strawberry.type
class IdentityQueries:
    """Who is asking."""

    @query(PUBLIC, "Who is asking; null without an API key or token.")
    async def viewer(self, info: strawberry.Info) -> Viewer | None:
        """The actor as it sees itself."""
        actor = info.context.actor
        if actor.role is Role.PUBLIC:
            return None
        scopes = sorted(actor.scopes) if actor.scopes is not None else None
        return Viewer(name=actor.name, role=actor.role, scopes=scopes)

    @query(PUBLIC, "The vendor that runs the program.")
    async def vendor(self, info: strawberry.Info) -> Vendor | None:
        """The one vendor of this deployment; null before it is set up."""
        vendors = await info.context.reads.many(selection_of(info), "t.created_at")
        return vendors[0] if vendors else None
