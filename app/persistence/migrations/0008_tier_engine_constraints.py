"""The closed lists and rules of the tables of 0007: Tortoise leaves them out of new tables."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0007_tier_engine")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(
                check="kind IN ('SALE', 'DEAL_REGISTRATION', 'LEAD_ACCEPTED', 'REFERRAL', 'IMPLEMENTATION', 'CERTIFICATION', 'TRAINING_COMPLETED', 'ATTESTATION', 'CAPABILITY', 'MANUAL', 'ATTRIBUTE')",
                name="ck_activity_record_kind",
            ),
        ),
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(
                check="revenue IN ('SOLD_ARR', 'SOLD_MRR', 'MANAGED_ARR', 'MANAGED_MRR', 'CONTRACT_VALUE')",
                name="ck_activity_record_revenue",
            ),
        ),
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(
                check="motion IN ('REFERRAL', 'RESALE')", name="ck_activity_record_motion"
            ),
        ),
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(
                check="price_basis IN ('LIST_PRICE', 'APPROVED_QUOTE')",
                name="ck_activity_record_price_basis",
            ),
        ),
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(
                check="(amount IS NULL) = (currency_code IS NULL)", name="ck_activity_record_money"
            ),
        ),
        ops.AddConstraint(
            model_name="ActivityRecord",
            constraint=CheckConstraint(check="position >= 1", name="ck_activity_record_position"),
        ),
        ops.AddConstraint(
            model_name="EvaluationRun",
            constraint=CheckConstraint(
                check="status IN ('RUNNING', 'COMPLETED')", name="ck_evaluation_run_status"
            ),
        ),
        ops.AddConstraint(
            model_name="ExchangeRate",
            constraint=CheckConstraint(check="base <> quote", name="ck_exchange_rate_pair"),
        ),
        ops.AddConstraint(
            model_name="TierApproval",
            constraint=CheckConstraint(
                check="status IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')",
                name="ck_tier_approval_status",
            ),
        ),
        # Few standings are at risk: these cost nothing for all others.
        ops.RunSQL(
            "CREATE INDEX ix_standing_at_risk ON standing (at_risk_on, id)"
            " WHERE at_risk_on IS NOT NULL"
        ),
        ops.RunSQL(
            "CREATE INDEX ix_standing_partner_at_risk ON standing (partner_id, at_risk_on, id)"
            " WHERE at_risk_on IS NOT NULL"
        ),
    ]
