"""How far a customer's past counts against another trial: a part of the billing policies."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0014_canonical_texts")]

    initial = False

    operations = [
        ops.AddField(
            model_name="BillingPolicy",
            name="trial_scope",
            field=fields.CharField(db_default="PER_CUSTOMER", max_length=32),
        ),
        ops.AddConstraint(
            model_name="BillingPolicy",
            constraint=CheckConstraint(
                check="trial_scope IN ('PER_CLIENT', 'PER_PARTNER', 'PER_CUSTOMER')",
                name="ck_billing_policy_trial_scope",
            ),
        ),
    ]
