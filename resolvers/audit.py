"""The audit trail."""

import strawberry

from app.auth.audit_trail import chain_end
from app.auth.policy import Action
from resolvers.paging import root_page
from resolvers.permissions import query
from schema.audit import AUDIT_ENTRIES, AuditAnchor, AuditEntry, AuditEntryFilter
from schema.connections import Connection


@strawberry.type
class AuditQueries:
    """Who did what."""

    audit_entries: Connection[AuditEntry] = root_page(
        Action.READ_AUDIT,
        "The audit trail, newest entry first.",
        "AuditEntry",
        AUDIT_ENTRIES,
        AuditEntryFilter,
    )

    @query(
        Action.READ_AUDIT,
        "The end of the audit trail. Store it outside the service, out of reach of anyone who "
        "can write to the database.",
    )
    async def audit_anchor(self, info: strawberry.Info) -> AuditAnchor:
        """The end of the trail."""
        end = await info.context.runtime.database.read(chain_end)
        return AuditAnchor(number=end.number, hash=end.hash)
