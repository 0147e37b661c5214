"""The closed lists and rules of the tables of 0009: Tortoise leaves them out of new tables."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0009_delivery_and_billing")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name="Attachment",
            constraint=CheckConstraint(check="size >= 0", name="ck_attachment_size"),
        ),
        ops.AddConstraint(
            model_name="BillingPolicy",
            constraint=CheckConstraint(
                check="advisor_fee_rule IN ('ANY_TIME', 'END_OF_PERIOD')",
                name="ck_billing_policy_advisor_fee_rule",
            ),
        ),
        ops.AddConstraint(
            model_name="BillingPolicy",
            constraint=CheckConstraint(
                check="rate_lock IN ('AT_CONTRACT_START', 'FLOATING')",
                name="ck_billing_policy_rate_lock",
            ),
        ),
        ops.AddConstraint(
            model_name="BillingPolicy",
            constraint=CheckConstraint(
                check="payment_days >= 0 AND invitation_days >= 1", name="ck_billing_policy_days"
            ),
        ),
        ops.AddConstraint(
            model_name="ContentAudience",
            constraint=CheckConstraint(
                check="kind IN ('TIER', 'GROUP')", name="ck_content_audience_kind"
            ),
        ),
        ops.AddConstraint(
            model_name="ContentPushEntry",
            constraint=CheckConstraint(
                check="outcome IN ('UPDATED', 'ADDED', 'LOCKED', 'UP_TO_DATE')",
                name="ck_content_push_entry_outcome",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentSale",
            constraint=CheckConstraint(
                check="payer IN ('PARTNER', 'CLIENT')", name="ck_content_sale_payer"
            ),
        ),
        ops.AddConstraint(
            model_name="ContentSale",
            constraint=CheckConstraint(
                check="price_minor = cut_minor + revenue_minor AND cut_minor >= 0 AND revenue_minor >= 0",
                name="ck_content_sale_parts",
            ),
        ),
        ops.AddConstraint(
            model_name="Invitation",
            constraint=CheckConstraint(
                check="(advisor_id IS NULL) = (client_user_id IS NOT NULL) AND (client_id IS NULL) = (client_user_id IS NULL)",
                name="ck_invitation_person",
            ),
        ),
        ops.AddConstraint(
            model_name="Invitation",
            constraint=CheckConstraint(
                check="accepted_at IS NULL OR revoked_at IS NULL", name="ck_invitation_end"
            ),
        ),
        ops.AddConstraint(
            model_name="Invitation",
            constraint=CheckConstraint(
                check="expires_at > created_at", name="ck_invitation_expiry"
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="kind IN ('INVOICE', 'CREDIT_NOTE')", name="ck_invoice_kind"
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="status IN ('DRAFT', 'ISSUED', 'PAID', 'VOID')", name="ck_invoice_status"
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="(status = 'DRAFT') = (number IS NULL) AND (status = 'DRAFT') = (issued_at IS NULL)",
                name="ck_invoice_issued",
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="total_minor = subtotal_minor + tax_minor", name="ck_invoice_total"
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="paid_minor >= 0 AND credited_minor >= 0 AND (kind = 'CREDIT_NOTE' OR paid_minor + credited_minor <= total_minor)",
                name="ck_invoice_balance",
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="(kind = 'CREDIT_NOTE') = (corrects_id IS NOT NULL)",
                name="ck_invoice_corrects",
            ),
        ),
        ops.AddConstraint(
            model_name="Invoice",
            constraint=CheckConstraint(
                check="(status = 'VOID') = (voided_at IS NOT NULL)", name="ck_invoice_void"
            ),
        ),
        ops.AddConstraint(
            model_name="Payment",
            constraint=CheckConstraint(
                check="kind IN ('CARD', 'BANK_TRANSFER')", name="ck_payment_kind"
            ),
        ),
        ops.AddConstraint(
            model_name="Payment",
            constraint=CheckConstraint(check="amount_minor > 0", name="ck_payment_amount"),
        ),
        ops.AddConstraint(
            model_name="SpokeBundle",
            constraint=CheckConstraint(check="slots >= 1", name="ck_spoke_bundle_slots"),
        ),
        ops.AddConstraint(
            model_name="BundlePrice",
            constraint=CheckConstraint(check="amount_minor >= 0", name="ck_bundle_price_amount"),
        ),
        ops.AddConstraint(
            model_name="BundlePurchase",
            constraint=CheckConstraint(
                check="source IN ('BOUGHT', 'INCLUDED')", name="ck_bundle_purchase_source"
            ),
        ),
        ops.AddConstraint(
            model_name="BundlePurchase",
            constraint=CheckConstraint(
                check="quantity >= 1 AND slots >= 1", name="ck_bundle_purchase_slots"
            ),
        ),
        ops.AddConstraint(
            model_name="BundlePurchase",
            constraint=CheckConstraint(
                check="unit_amount_minor >= 0 AND amount_minor >= 0",
                name="ck_bundle_purchase_amount",
            ),
        ),
        ops.AddConstraint(
            model_name="BundlePurchase",
            constraint=CheckConstraint(
                check="source <> 'INCLUDED' OR (amount_minor = 0 AND bundle_id IS NULL)",
                name="ck_bundle_purchase_included",
            ),
        ),
        ops.AddConstraint(
            model_name="Statement",
            constraint=CheckConstraint(
                check="status IN ('ISSUED', 'PAID')", name="ck_statement_status"
            ),
        ),
        ops.AddConstraint(
            model_name="Statement",
            constraint=CheckConstraint(
                check="(status = 'PAID') = (paid_at IS NOT NULL)", name="ck_statement_paid"
            ),
        ),
        ops.AddConstraint(
            model_name="SubscriptionTerm",
            constraint=CheckConstraint(
                check="payer IN ('PARTNER', 'CLIENT')", name="ck_subscription_term_payer"
            ),
        ),
        ops.AddConstraint(
            model_name="SubscriptionTerm",
            constraint=CheckConstraint(
                check="interval IN ('MONTH', 'YEAR')", name="ck_subscription_term_interval"
            ),
        ),
        ops.AddConstraint(
            model_name="SubscriptionTerm",
            constraint=CheckConstraint(
                check="ends_at > starts_at", name="ck_subscription_term_length"
            ),
        ),
        ops.AddConstraint(
            model_name="SubscriptionTerm",
            constraint=CheckConstraint(
                check="days >= 1 AND days <= full_days", name="ck_subscription_term_days"
            ),
        ),
        ops.AddConstraint(
            model_name="SubscriptionTerm",
            constraint=CheckConstraint(
                check="amount_minor >= 0 AND amount_minor <= full_amount_minor",
                name="ck_subscription_term_amount",
            ),
        ),
        ops.AddConstraint(
            model_name="InvoiceLine",
            constraint=CheckConstraint(
                check="kind IN ('SUBSCRIPTION', 'ADVISOR_FEE', 'BUNDLE', 'CONTENT_SALE', 'CREDIT')",
                name="ck_invoice_line_kind",
            ),
        ),
        ops.AddConstraint(
            model_name="InvoiceLine",
            constraint=CheckConstraint(
                check="(kind = 'CREDIT') = (credits_id IS NOT NULL)", name="ck_invoice_line_credit"
            ),
        ),
        ops.AddConstraint(
            model_name="Accrual",
            constraint=CheckConstraint(
                check="kind IN ('REFERRAL', 'CONTENT_REVENUE')", name="ck_accrual_kind"
            ),
        ),
        ops.AddConstraint(
            model_name="Accrual",
            constraint=CheckConstraint(
                check="status IN ('PENDING', 'APPROVED', 'PAID', 'REVERSED')",
                name="ck_accrual_status",
            ),
        ),
        ops.AddConstraint(
            model_name="Accrual",
            constraint=CheckConstraint(
                check="rate_source IN ('OVERRIDE', 'TIER', 'SALE')", name="ck_accrual_rate_source"
            ),
        ),
        ops.AddConstraint(
            model_name="Accrual",
            constraint=CheckConstraint(
                check="(status = 'REVERSED') = (reversed_at IS NOT NULL)",
                name="ck_accrual_reversed",
            ),
        ),
        ops.AddConstraint(
            model_name="Accrual",
            constraint=CheckConstraint(
                check="(reverses_id IS NULL) = (amount_minor >= 0 AND base_minor >= 0)",
                name="ck_accrual_sign",
            ),
        ),
        # One draft for each payer, period and currency: a run adds to it.
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_invoice_partner_draft ON invoice (partner_id, period, currency_code)"
            " WHERE status = 'DRAFT' AND client_id IS NULL"
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_invoice_client_draft ON invoice (client_id, period, currency_code)"
            " WHERE status = 'DRAFT' AND client_id IS NOT NULL"
        ),
    ]
