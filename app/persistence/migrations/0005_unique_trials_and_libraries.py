from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0004_partial_indexes")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="AdvisorAssignment",
            index=Index(fields=["partner_id", "client_id"]),
        ),
        ops.AddIndex(
            model_name="ClientUser",
            index=Index(fields=["partner_id", "client_id"]),
        ),
        ops.AddIndex(
            model_name="ContentGrant",
            index=Index(fields=["partner_id", "client_id"]),
        ),
        ops.AlterField(
            model_name="ContentLibrary",
            name="partner",
            field=fields.ForeignKeyField(
                "models.Partner",
                source_field="partner_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddConstraint(
            model_name="ContentLibrary",
            constraint=UniqueConstraint(fields=("partner_id",), name=None),
        ),
        ops.AddIndex(
            model_name="Subscription",
            index=Index(fields=["client_id", "started_at", "id"]),
        ),
        ops.AlterField(
            model_name="Trial",
            name="client",
            field=fields.ForeignKeyField(
                "models.Client",
                source_field="client_id",
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(
            model_name="Trial",
            index=Index(fields=["partner_id", "client_id"]),
        ),
        ops.AddConstraint(
            model_name="Trial",
            constraint=UniqueConstraint(fields=("client_id",), name=None),
        ),
    ]
