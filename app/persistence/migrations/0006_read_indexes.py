"""Indexes for the orderings of the vendor's lists, and for what narrows down an actor's rows."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_unique_trials_and_libraries")]

    initial = False

    operations = [
        ops.AddIndex(model_name="ClientTemplate", index=Index(fields=["name_key", "id"])),
        ops.AddIndex(model_name="ClientTemplate", index=Index(fields=["created_at", "id"])),
        ops.RemoveIndex(model_name="Event", name=None, fields=["client_id", "sequence"]),
        ops.AddIndex(
            model_name="Event", index=Index(fields=["partner_id", "client_id", "sequence"])
        ),
        # PostgreSQL took these for the smaller choice, and sorted all that a client has.
        ops.RemoveIndex(
            model_name="AdvisorAssignment", name=None, fields=["partner_id", "client_id"]
        ),
        ops.RemoveIndex(model_name="ClientUser", name=None, fields=["partner_id", "client_id"]),
        ops.RemoveIndex(model_name="ContentGrant", name=None, fields=["partner_id", "client_id"]),
        # The clients an advisor works in are in every statement of theirs: whoever once worked in
        # thousands must not pay for it. Unique either way round, so the other one goes.
        ops.RunSQL("DROP INDEX uq_assignment_live"),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_assignment_live ON advisor_assignment (advisor_id, client_id)"
            " WHERE ended_at IS NULL"
        ),
    ]
