"""Which rows of the demo the explorer's examples are about, so that each works as it is shown."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.demo.keys import BIG_PARTNER, first_row
from app.domain.ids import global_id
from app.persistence.database import Database

# A client to look at: it has a licence and a template. The demo's client user is often of it.
_CLIENT = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
ORDER BY c.template_id IS NULL, c.created_at, c.id LIMIT 1
"""
_ADVISOR = """
SELECT a.id AS advisor FROM advisor a
WHERE a.partner_id = :partner AND a.status = 'ACTIVE' AND a.role = 'ADVISOR'
ORDER BY a.created_at, a.id LIMIT 1
"""
_OWN_ITEM = """
SELECT i.id AS content_item FROM content_item i
WHERE i.partner_id = :partner AND i.adopted_item_id IS NULL
ORDER BY i.created_at, i.id LIMIT 1
"""
# A new client can be made from it: every item has a version to give; no slot, if possible.
_TEMPLATE = """
SELECT t.id AS client_template FROM client_template t JOIN plan p ON p.code = t.plan_id
WHERE t.partner_id = :partner AND t.status = 'ACTIVE'
AND EXISTS (SELECT 1 FROM template_item i WHERE i.template_id = t.id)
AND NOT EXISTS (
    SELECT 1 FROM template_item ti JOIN content_item i ON i.id = ti.item_id
    WHERE ti.template_id = t.id AND NOT EXISTS (
        SELECT 1 FROM content_version v WHERE v.status = 'PUBLISHED' AND (
            v.id = COALESCE(ti.version_id, i.adopted_version_id)
            OR (v.item_id = i.id AND ti.version_id IS NULL AND i.adopted_version_id IS NULL)
        )
    )
)
ORDER BY p.takes_slot, t.created_at, t.id LIMIT 1
"""
_TO_UPGRADE = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id <> 'FULL_FEATURE'
AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.client_id = c.id)
ORDER BY c.created_at, c.id LIMIT 1
"""
# The last to come of those with a licence: none of the clients that other examples are about.
_TO_ARCHIVE = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
AND NOT EXISTS (
    SELECT 1 FROM client_user u JOIN api_key k ON k.client_user_id = u.id WHERE u.client_id = c.id
)
ORDER BY c.created_at DESC, c.id DESC LIMIT 1
"""
_TO_ASSIGN = """
SELECT c.id AS client, a.id AS advisor FROM client c
JOIN advisor a ON a.partner_id = c.partner_id AND a.status = 'ACTIVE' AND a.role = 'ADVISOR'
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'ASSESSMENT_ONLY'
AND NOT EXISTS (
    SELECT 1 FROM advisor_assignment s
    WHERE s.client_id = c.id AND s.advisor_id = a.id AND s.ended_at IS NULL
)
ORDER BY c.created_at, c.id, a.created_at, a.id LIMIT 1
"""
_TO_UNASSIGN = """
SELECT s.client_id AS client, s.advisor_id AS advisor FROM advisor_assignment s
JOIN client c ON c.id = s.client_id AND c.status = 'ACTIVE' AND c.plan_id <> 'FULL_FEATURE'
JOIN advisor a ON a.id = s.advisor_id AND a.role = 'ADVISOR'
WHERE s.partner_id = :partner AND s.ended_at IS NULL
ORDER BY s.assigned_at DESC, s.id DESC LIMIT 1
"""
_TO_ADOPT = """
SELECT i.id AS content_item FROM content_item i
WHERE i.partner_id IS NULL AND NOT EXISTS
    (SELECT 1 FROM content_audience a WHERE a.item_id = i.id)
AND EXISTS (SELECT 1 FROM content_version v WHERE v.item_id = i.id AND v.status = 'PUBLISHED')
AND NOT EXISTS (
    SELECT 1 FROM content_item a WHERE a.partner_id = :partner AND a.adopted_item_id = i.id
)
ORDER BY i.created_at, i.id LIMIT 1
"""
# The example moves to this program's Gold: the big partner itself, whose admin then sees the change
# in TierChanges, unless it is there already.
_TO_PROMOTE = """
SELECT p.id AS partner FROM partner p
JOIN standing s ON s.partner_id = p.id
JOIN tier_program g ON g.id = s.program_id AND g.key = 'sixclicks'
JOIN tier t ON t.id = s.tier_id AND t.key <> 'gold'
WHERE p.status = 'ACTIVE'
ORDER BY CASE WHEN p.id = :partner THEN 0 ELSE 1 END, s.tier_rank, p.created_at, p.id LIMIT 1
"""

# Nothing that other examples are about: it stays where it is otherwise.
_TO_PIN = """
SELECT p.id AS partner FROM partner p
JOIN standing s ON s.partner_id = p.id AND s.pin_id IS NULL AND s.approval_id IS NULL
JOIN tier_program g ON g.id = s.program_id AND g.key = 'sixclicks'
JOIN tier t ON t.id = s.tier_id AND t.key = 'silver'
WHERE p.status = 'ACTIVE' AND p.id <> :partner AND s.at_risk_on IS NULL
ORDER BY p.created_at, p.id LIMIT 1
"""
_TO_RESUME = """
SELECT p.id AS partner FROM partner p WHERE p.status = 'SUSPENDED'
ORDER BY p.created_at, p.id LIMIT 1
"""
_TO_APPROVE = """
SELECT a.id AS tier_approval FROM tier_approval a
JOIN partner p ON p.id = a.partner_id AND p.status = 'ACTIVE'
WHERE a.status = 'PENDING' AND p.id <> :partner
ORDER BY a.requested_at, a.id LIMIT 1
"""
# Another one, as long as there are two.
_TO_REJECT = _TO_APPROVE.replace("a.requested_at, a.id", "a.requested_at DESC, a.id DESC")
_TO_UNPIN = """
SELECT n.partner_id AS partner FROM tier_pin n
JOIN standing s ON s.pin_id = n.id
JOIN tier_program g ON g.id = n.program_id AND g.key = 'sixclicks'
ORDER BY n.pinned_at, n.id LIMIT 1
"""
_DRAFT = """
SELECT v.id AS program_version FROM program_version v
WHERE v.status = 'DRAFT' AND NOT EXISTS (
    SELECT 1 FROM program_version n
    WHERE n.program_id = v.program_id AND n.status <> 'DRAFT' AND n.number > v.number
)
ORDER BY v.created_at, v.id LIMIT 1
"""

_DEFAULTS = (_CLIENT, _ADVISOR, _OWN_ITEM, _TEMPLATE)
_OF_OPERATION = {
    "UpgradeClient": _TO_UPGRADE,
    "ArchiveClient": _TO_ARCHIVE,
    "AssignAdvisor": _TO_ASSIGN,
    "UnassignAdvisor": _TO_UNASSIGN,
    "AdoptContentItem": _TO_ADOPT,
    "SetPartnerTier": _TO_PROMOTE,
    "PublishProgramVersion": _DRAFT,
    "PreviewProgramVersion": _DRAFT,
    "PinPartnerTier": _TO_PIN,
    "ResumePartner": _TO_RESUME,
    "UnpinPartnerTier": _TO_UNPIN,
    "ApproveTierChange": _TO_APPROVE,
    "RejectTierChange": _TO_REJECT,
}
_TYPES = {
    "partner": "Partner",
    "client": "Client",
    "advisor": "Advisor",
    "content_item": "ContentItem",
    "client_template": "ClientTemplate",
    "program_version": "ProgramVersion",
    "tier_approval": "TierApproval",
}


async def example_ids(database: Database) -> Mapping[str, Mapping[str, str]]:
    """What takes the place of placeholders such as `client_...`: by operation, "" for all others.

    All is about the partner of the demo's keys; the examples do not undo each other. What there is
    no row for (any more) is left out, and all of it without demo data.
    """
    partner = await first_row(database, BIG_PARTNER)
    if partner is None:
        return {}
    common = {"...": partner["slug"], "partner_...": _public("partner", partner["id"])}
    for sql in _DEFAULTS:
        common |= await _chosen(database, sql, partner["id"])
    ids = {"": common}
    for name, sql in _OF_OPERATION.items():
        ids[name] = await _chosen(database, sql, partner["id"])
    return ids


async def _chosen(database: Database, sql: str, partner: Any) -> dict[str, str]:
    """The ids that a statement finds, by placeholder; its columns are named for types."""
    row = await first_row(database, sql, partner=partner)
    return {f"{name}_...": _public(name, id) for name, id in dict(row or {}).items()}


def _public(name: str, id: Any) -> str:
    return global_id(_TYPES[name], UUID(str(id)))
