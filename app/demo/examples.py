"""The demo rows for the explorer's examples, so that each example works as it is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.demo.featured_partner import BIG_PARTNER, first_row
from app.domain.ids import global_id
from app.persistence.database import Database

# A client to query: it has a subscription and a template, and often the demo's client user.
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
# A client can be created from it: every item has a published version; without a slot, if possible.
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
# The newest with a subscription, so that no other example uses it.
_TO_ARCHIVE = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
AND NOT EXISTS (
    SELECT 1 FROM client_user u JOIN api_key k ON k.client_user_id = u.id WHERE u.client_id = c.id
)
ORDER BY c.created_at DESC, c.id DESC LIMIT 1
"""
# Not used by other examples, if there are enough.
_TO_SUSPEND = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FREE'
ORDER BY c.created_at DESC, c.id DESC LIMIT 1
"""
_TO_RESUME_CLIENT = """
SELECT c.id AS client FROM client c
WHERE c.partner_id = :partner AND c.status = 'SUSPENDED'
ORDER BY c.created_at, c.id LIMIT 1
"""
_TO_RESTORE = """
SELECT c.id AS client, a.id AS advisor FROM client c
JOIN advisor a ON a.partner_id = c.partner_id AND a.status = 'ACTIVE'
WHERE c.partner_id = :partner AND c.status = 'ARCHIVED' AND NOT EXISTS (
    SELECT 1 FROM client o
    WHERE o.partner_id = c.partner_id AND o.domain = c.domain AND o.status <> 'ARCHIVED'
)
ORDER BY c.archived_at DESC, c.id, a.created_at, a.id LIMIT 1
"""
# Another one, not cancelled yet.
_TO_CANCEL = """
SELECT c.id AS client FROM client c
JOIN subscription s ON s.client_id = c.id AND s.status <> 'CANCELLED' AND s.ends_at IS NULL
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
AND NOT EXISTS (
    SELECT 1 FROM client_user u JOIN api_key k ON k.client_user_id = u.id WHERE u.client_id = c.id
)
ORDER BY c.created_at DESC, c.id DESC LIMIT 1 OFFSET 1
"""
_TO_RESUME_SUBSCRIPTION = """
SELECT c.id AS client FROM client c
JOIN subscription s ON s.client_id = c.id AND s.status <> 'CANCELLED' AND s.ends_at IS NOT NULL
WHERE c.partner_id = :partner AND c.status = 'ACTIVE'
ORDER BY s.ends_at DESC, c.id LIMIT 1
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
# A client user without a key, not used by other examples.
_TO_REVOKE_USER = """
SELECT u.id AS client_user FROM client_user u
JOIN client c ON c.id = u.client_id AND c.status <> 'ARCHIVED'
WHERE u.partner_id = :partner AND u.status = 'ACTIVE'
AND NOT EXISTS (SELECT 1 FROM api_key k WHERE k.client_user_id = u.id)
ORDER BY u.created_at DESC, u.id DESC LIMIT 1
"""
# The first assignment, and the oldest free client: other examples use the newest.
_TO_MOVE = """
SELECT s.client_id AS client, s.advisor_id AS advisor, t.id AS client_to FROM advisor_assignment s
JOIN client c ON c.id = s.client_id AND c.status = 'ACTIVE' AND c.plan_id <> 'FULL_FEATURE'
JOIN advisor a ON a.id = s.advisor_id AND a.status = 'ACTIVE'
JOIN client t ON t.partner_id = s.partner_id AND t.status = 'ACTIVE' AND t.plan_id = 'FREE'
WHERE s.partner_id = :partner AND s.ended_at IS NULL AND t.id <> c.id
AND NOT EXISTS (
    SELECT 1 FROM advisor_assignment o
    WHERE o.client_id = t.id AND o.advisor_id = a.id AND o.ended_at IS NULL
)
ORDER BY s.assigned_at, s.id, t.created_at, t.id LIMIT 1
"""
_TO_CHANGE_ROLE = """
SELECT s.client_id AS client, s.advisor_id AS advisor FROM advisor_assignment s
JOIN client c ON c.id = s.client_id AND c.status = 'ACTIVE' AND c.plan_id <> 'FULL_FEATURE'
JOIN advisor a ON a.id = s.advisor_id AND a.status = 'ACTIVE'
WHERE s.partner_id = :partner AND s.ended_at IS NULL AND s.role = 'ADMIN'
ORDER BY s.assigned_at, s.id LIMIT 1 OFFSET 1
"""
# The newest advisor without a key, and the oldest one as the successor.
_TO_REVOKE = """
SELECT a.id AS advisor, b.id AS advisor_successor FROM advisor a
JOIN advisor b ON b.partner_id = a.partner_id AND b.status = 'ACTIVE' AND b.id <> a.id
WHERE a.partner_id = :partner AND a.status = 'ACTIVE' AND a.role = 'ADVISOR'
AND NOT EXISTS (SELECT 1 FROM api_key k WHERE k.advisor_id = a.id)
ORDER BY a.created_at DESC, a.id DESC, b.created_at, b.id LIMIT 1
"""
_INVITATION = """
SELECT i.id AS invitation FROM invitation i LEFT JOIN client c ON c.id = i.client_id
WHERE i.partner_id = :partner AND i.accepted_at IS NULL AND i.revoked_at IS NULL
AND COALESCE(c.status, 'ACTIVE') = 'ACTIVE'
ORDER BY i.expires_at, i.id LIMIT 1
"""
# The oldest pending one.
_PENDING = _INVITATION.replace("i.expires_at, i.id", "i.expires_at DESC, i.id DESC")
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
# The newest version of one of the partner's own items.
_OWN_VERSION = """
SELECT v.id AS content_version FROM content_version v
JOIN content_item i ON i.id = v.item_id
WHERE i.partner_id = :partner AND v.status = 'PUBLISHED'
ORDER BY i.created_at, i.id, v.number DESC LIMIT 1
"""
# The partner's, or the vendor's if it has none.
_DRAFT_OF_ITEM = """
SELECT v.id AS content_version FROM content_version v
WHERE v.status = 'DRAFT' AND (v.partner_id = :partner OR v.partner_id IS NULL)
ORDER BY v.partner_id IS NULL, v.created_at, v.id LIMIT 1
"""
# A newer one exists, and no template uses it.
_TO_RETIRE = """
SELECT v.id AS content_version FROM content_version v
JOIN content_version n ON n.item_id = v.item_id AND n.number > v.number AND n.status = 'PUBLISHED'
WHERE v.partner_id = :partner AND v.status = 'PUBLISHED'
AND NOT EXISTS (SELECT 1 FROM template_item t WHERE t.version_id = v.id)
ORDER BY v.created_at, v.id LIMIT 1
"""
_TO_MOVE_ON = """
SELECT i.id AS content_item FROM content_item i
JOIN content_version h ON h.id = i.adopted_version_id
WHERE i.partner_id = :partner AND NOT i.locked AND EXISTS (
    SELECT 1 FROM content_version v
    WHERE v.item_id = i.adopted_item_id AND v.status = 'PUBLISHED' AND v.number > h.number
)
ORDER BY i.created_at, i.id LIMIT 1
"""
# If possible, not the one that another example updates.
_TO_LOCK = """
SELECT i.id AS content_item FROM content_item i
WHERE i.partner_id = :partner AND i.adopted_item_id IS NOT NULL AND NOT i.locked
ORDER BY EXISTS (
    SELECT 1 FROM content_version v JOIN content_version h ON h.id = i.adopted_version_id
    WHERE v.item_id = i.adopted_item_id AND v.status = 'PUBLISHED' AND v.number > h.number
), i.created_at DESC, i.id DESC LIMIT 1
"""
_TO_HOLD = """
SELECT g.client_id AS client, g.item_id AS content_item FROM content_grant g
JOIN client c ON c.id = g.client_id AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
WHERE g.partner_id = :partner AND NOT g.locked
ORDER BY g.granted_at, g.id LIMIT 1
"""
_TO_SELL = """
SELECT c.id AS client, i.id AS content_item FROM client c
JOIN content_item i ON i.partner_id = c.partner_id AND i.price_minor IS NOT NULL
WHERE c.partner_id = :partner AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
AND EXISTS (SELECT 1 FROM content_version v WHERE v.item_id = i.id AND v.status = 'PUBLISHED')
AND NOT EXISTS (
    SELECT 1 FROM content_grant g WHERE g.client_id = c.id AND g.item_id = i.id
)
ORDER BY c.created_at, c.id, i.created_at, i.id LIMIT 1
"""
# A group that the partner is not in yet.
_TO_JOIN = """
SELECT g.id AS partner_group, p.id AS partner FROM partner_group g
JOIN partner p ON p.id = :partner
WHERE NOT EXISTS (
    SELECT 1 FROM partner_group_member m WHERE m.group_id = g.id AND m.partner_id = :partner
)
ORDER BY g.created_at, g.id LIMIT 1
"""
# The example moves a partner to this program's Gold: the featured partner itself, whose admin then
# sees the change in TierChanges, unless it already has Gold.
_TO_PROMOTE = """
SELECT p.id AS partner FROM partner p
JOIN standing s ON s.partner_id = p.id
JOIN tier_program g ON g.id = s.program_id AND g.key = 'sixclicks'
JOIN tier t ON t.id = s.tier_id AND t.key <> 'gold'
WHERE p.status = 'ACTIVE'
ORDER BY CASE WHEN p.id = :partner THEN 0 ELSE 1 END, s.tier_rank, p.created_at, p.id LIMIT 1
"""

# Not used by other examples, so that it otherwise keeps its tier.
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
# Another one, if there are two.
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

# The largest of its latest period.
_INVOICE = """
SELECT i.id AS invoice FROM invoice i
WHERE i.partner_id = :partner AND i.kind = 'INVOICE' AND i.status IN ('ISSUED', 'PAID')
AND i.client_id IS NULL
ORDER BY i.period DESC, i.total_minor DESC, i.id LIMIT 1
"""
_TO_ISSUE = """
SELECT i.id AS invoice FROM invoice i WHERE i.status = 'DRAFT'
ORDER BY CASE WHEN i.partner_id = :partner THEN 0 ELSE 1 END, i.created_at, i.id LIMIT 1
"""
# Three unpaid ones, one for each example.
_TO_PAY = """
SELECT i.id AS invoice FROM invoice i
WHERE i.kind = 'INVOICE' AND i.status = 'ISSUED' AND i.paid_minor = 0 AND i.credited_minor = 0
AND i.currency_code = 'USD' AND i.total_minor > 1000 AND NOT EXISTS (
    SELECT 1 FROM accrual a JOIN invoice_line l ON l.id = a.line_id
    WHERE l.invoice_id = i.id AND a.statement_id IS NOT NULL
)
ORDER BY i.number DESC LIMIT 1 OFFSET 0
"""
_TO_CREDIT = _TO_PAY.replace("OFFSET 0", "OFFSET 1")
_TO_VOID = _TO_PAY.replace("OFFSET 0", "OFFSET 2")

_TO_APPROVE_INCOME = """
SELECT a.partner_id AS partner FROM accrual a WHERE a.status = 'PENDING'
ORDER BY CASE WHEN a.partner_id = :partner THEN 0 ELSE 1 END, a.accrued_at, a.id LIMIT 1
"""
# In the currency of the example.
_TO_STATE = """
SELECT a.partner_id AS partner FROM accrual a
WHERE a.status = 'APPROVED' AND a.statement_id IS NULL AND a.currency_code = 'USD'
GROUP BY a.partner_id HAVING SUM(a.amount_minor) > 0 ORDER BY a.partner_id LIMIT 1
"""
_TO_PAY_OUT = """
SELECT s.id AS statement FROM statement s WHERE s.status = 'ISSUED'
ORDER BY CASE WHEN s.partner_id = :partner THEN 0 ELSE 1 END, s.number LIMIT 1
"""

# The one for tests, with a log, and another one to delete.
_WEBHOOK = """
SELECT e.id AS webhook_endpoint FROM webhook_endpoint e
WHERE e.partner_id = :partner AND e.status = 'ENABLED' ORDER BY e.created_at, e.id LIMIT 1
"""
_TO_REMOVE = """
SELECT e.id AS webhook_endpoint FROM webhook_endpoint e
WHERE e.partner_id = :partner AND e.status = 'DISABLED' ORDER BY e.created_at, e.id LIMIT 1
"""
_TO_RETRY = """
SELECT d.id AS webhook_delivery FROM webhook_delivery d
JOIN webhook_endpoint e ON e.id = d.endpoint_id AND e.status = 'ENABLED'
WHERE d.partner_id = :partner AND d.status = 'DEAD' ORDER BY d.created_at DESC, d.id LIMIT 1
"""
_DEFAULTS = (_CLIENT, _ADVISOR, _OWN_ITEM, _OWN_VERSION, _TEMPLATE, _INVOICE, _WEBHOOK)
_OF_OPERATION = {
    "UpgradeClient": _TO_UPGRADE,
    "ArchiveClient": _TO_ARCHIVE,
    "CancelSubscription": _TO_CANCEL,
    "ResumeSubscription": _TO_RESUME_SUBSCRIPTION,
    "SuspendClient": _TO_SUSPEND,
    "ResumeClient": _TO_RESUME_CLIENT,
    "RestoreClient": _TO_RESTORE,
    "AssignAdvisor": _TO_ASSIGN,
    "UnassignAdvisor": _TO_UNASSIGN,
    "MoveAdvisor": _TO_MOVE,
    "ChangeAssignmentRole": _TO_CHANGE_ROLE,
    "RevokeAdvisor": _TO_REVOKE,
    "RevokeClientUser": _TO_REVOKE_USER,
    "RenewInvitation": _INVITATION,
    "RevokeInvitation": _PENDING,
    "InvitationToken": _PENDING,
    "AdoptContentItem": _TO_ADOPT,
    "UpdateContentVersion": _DRAFT_OF_ITEM,
    "RetireContentVersion": _TO_RETIRE,
    "UpdateAdoptedItem": _TO_MOVE_ON,
    "LockContentItem": _TO_LOCK,
    "LockClientContent": _TO_HOLD,
    "SellContent": _TO_SELL,
    "SetPartnerGroupMembers": _TO_JOIN,
    "SetPartnerTier": _TO_PROMOTE,
    "PublishProgramVersion": _DRAFT,
    "PreviewProgramVersion": _DRAFT,
    "PinPartnerTier": _TO_PIN,
    "ResumePartner": _TO_RESUME,
    "UnpinPartnerTier": _TO_UNPIN,
    "ApproveTierChange": _TO_APPROVE,
    "RejectTierChange": _TO_REJECT,
    "IssueInvoice": _TO_ISSUE,
    "RecordPayment": _TO_PAY,
    "CreditInvoice": _TO_CREDIT,
    "VoidInvoice": _TO_VOID,
    "ApproveAccruals": _TO_APPROVE_INCOME,
    "CreateStatement": _TO_STATE,
    "RecordPayout": _TO_PAY_OUT,
    "RemoveWebhookEndpoint": _TO_REMOVE,
    "RetryWebhookDelivery": _TO_RETRY,
}
_TYPES = {
    "partner": "Partner",
    "client": "Client",
    "client_to": "Client",
    "client_user": "ClientUser",
    "advisor": "Advisor",
    "advisor_successor": "Advisor",
    "invitation": "Invitation",
    "content_item": "ContentItem",
    "content_version": "ContentVersion",
    "partner_group": "PartnerGroup",
    "client_template": "ClientTemplate",
    "program_version": "ProgramVersion",
    "tier_approval": "TierApproval",
    "invoice": "Invoice",
    "statement": "Statement",
    "webhook_endpoint": "WebhookEndpoint",
    "webhook_delivery": "WebhookDelivery",
}


async def example_ids(database: Database) -> Mapping[str, Mapping[str, str]]:
    """Return the values of placeholders such as `client_...` by operation, under "" for all others.

    All rows belong to the partner of the demo's keys, and examples do not undo each other.
    Placeholders without a row are left out. Without demo data the result is empty.
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
    """Return the ids that a statement finds, by placeholder. Its columns are named after types."""
    row = await first_row(database, sql, partner=partner)
    return {f"{name}_...": _public(name, id) for name, id in dict(row or {}).items()}


def _public(name: str, id: Any) -> str:
    return global_id(_TYPES[name], UUID(str(id)))
