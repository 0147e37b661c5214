"""Unique indexes over some rows only, which models cannot declare."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_constraints")]

    operations = [
        # A live domain once for each partner; an archived client frees it.
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_client_live_domain ON client (partner_id, domain)"
            " WHERE status <> 'ARCHIVED'"
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_assignment_live ON advisor_assignment (client_id, advisor_id)"
            " WHERE ended_at IS NULL"
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_content_library_open ON content_library (kind)"
            " WHERE partner_id IS NULL"
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_subscription_live ON subscription (client_id)"
            " WHERE status <> 'CANCELLED'"
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_item_adopted ON content_item (partner_id, adopted_item_id)"
            " WHERE adopted_item_id IS NOT NULL"
        ),
        # One consumed slot for each client, whatever happens at once.
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_slot_consumed ON slot_entry (client_id) WHERE kind = 'CONSUMED'"
        ),
        # What the relay has yet to publish: short at any time.
        ops.RunSQL("CREATE INDEX ix_event_unpublished ON event (id) WHERE sequence IS NULL"),
    ]
