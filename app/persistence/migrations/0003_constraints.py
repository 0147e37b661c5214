from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0002_adopted_version")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name="Advisor",
            constraint=CheckConstraint(
                check="role IN ('PARTNER_ADMIN', 'ADVISOR')", name="ck_advisor_role"
            ),
        ),
        ops.AddConstraint(
            model_name="Advisor",
            constraint=CheckConstraint(
                check="status IN ('INVITED', 'ACTIVE', 'REVOKED')",
                name="ck_advisor_status",
            ),
        ),
        ops.AddConstraint(
            model_name="AdvisorAssignment",
            constraint=CheckConstraint(
                check="role IN ('ADMIN', 'CONTRIBUTOR', 'VIEWER')",
                name="ck_advisor_assignment_role",
            ),
        ),
        ops.AddConstraint(
            model_name="AdvisorAssignment",
            constraint=CheckConstraint(
                check="ended_at IS NULL OR ended_at >= assigned_at",
                name="ck_advisor_assignment_ended",
            ),
        ),
        ops.AddConstraint(
            model_name="ApiKey",
            constraint=CheckConstraint(
                check="role IN ('VENDOR_ADMIN', 'VENDOR_ANALYST', 'PARTNER_ADMIN', 'ADVISOR', 'CLIENT_USER', 'APP')",
                name="ck_api_key_role",
            ),
        ),
        ops.AddConstraint(
            model_name="Benefit",
            constraint=CheckConstraint(
                check="kind IN ('PERCENT_SHARE', 'ENTITLEMENT', 'CONTACT', 'SERVICE_LEVEL', 'CADENCE', 'LISTING', 'BADGE', 'LEAD_PRIORITY', 'BUDGET', 'REBATE', 'CONTENT_ACCESS', 'TRAINING_ACCESS', 'AWARD')",
                name="ck_benefit_kind",
            ),
        ),
        ops.AddConstraint(
            model_name="BenefitChange",
            constraint=CheckConstraint(
                check="change IN ('GAINED', 'LOST')", name="ck_benefit_change_change"
            ),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="status IN ('PROVISIONING', 'ACTIVE', 'SUSPENDED', 'ARCHIVED')",
                name="ck_client_status",
            ),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="size_source IN ('COUNTED', 'DECLARED')",
                name="ck_client_size_source",
            ),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="employee_count IS NULL OR employee_count >= 1",
                name="ck_client_employees",
            ),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="(size_source = 'COUNTED') = (employee_count IS NOT NULL)",
                name="ck_client_size",
            ),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="(status = 'ARCHIVED') = (archived_at IS NOT NULL)",
                name="ck_client_archived",
            ),
        ),
        ops.AddConstraint(
            model_name="ClientTemplate",
            constraint=CheckConstraint(
                check="status IN ('ACTIVE', 'RETIRED')",
                name="ck_client_template_status",
            ),
        ),
        ops.AddConstraint(
            model_name="ClientUser",
            constraint=CheckConstraint(
                check="status IN ('INVITED', 'ACTIVE', 'REVOKED')",
                name="ck_client_user_status",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentGrant",
            constraint=CheckConstraint(
                check="source IN ('TEMPLATE', 'PUSH', 'SALE')",
                name="ck_content_grant_source",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentItem",
            constraint=CheckConstraint(
                check="kind IN ('ASSESSMENT_TEMPLATE', 'AUTHORITY_DOCUMENT', 'CONTROL_SET', 'POLICY', 'RISK_LIBRARY', 'PLAYBOOK', 'TRAINING', 'COLLATERAL')",
                name="ck_content_item_kind",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentItem",
            constraint=CheckConstraint(
                check="(price_minor IS NULL) = (price_currency IS NULL)",
                name="ck_content_item_price",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentItem",
            constraint=CheckConstraint(
                check="price_minor IS NULL OR price_minor >= 0",
                name="ck_content_item_price_positive",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentItem",
            constraint=CheckConstraint(
                check="(adopted_item_id IS NULL) = (adopted_version_id IS NULL)",
                name="ck_content_item_adopted",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentLibrary",
            constraint=CheckConstraint(
                check="kind IN ('OPEN', 'EXCLUSIVE')", name="ck_content_library_kind"
            ),
        ),
        ops.AddConstraint(
            model_name="ContentLibrary",
            constraint=CheckConstraint(
                check="(kind = 'OPEN') = (partner_id IS NULL)",
                name="ck_content_library_owner",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentVersion",
            constraint=CheckConstraint(
                check="status IN ('DRAFT', 'PUBLISHED', 'RETIRED')",
                name="ck_content_version_status",
            ),
        ),
        ops.AddConstraint(
            model_name="ContentVersion",
            constraint=CheckConstraint(check="number >= 1", name="ck_content_version_number"),
        ),
        ops.AddConstraint(
            model_name="ContentVersion",
            constraint=CheckConstraint(
                check="(status = 'DRAFT') = (published_at IS NULL)",
                name="ck_content_version_published",
            ),
        ),
        ops.AddConstraint(
            model_name="EmployeeBracket",
            constraint=CheckConstraint(
                check="min_employees >= 1 AND (max_employees IS NULL OR max_employees > min_employees)",
                name="ck_employee_bracket_range",
            ),
        ),
        ops.AddConstraint(
            model_name="Event",
            constraint=CheckConstraint(
                check="(sequence IS NULL) OR (sequence >= 1)", name="ck_event_sequence"
            ),
        ),
        ops.AddConstraint(
            model_name="Partner",
            constraint=CheckConstraint(
                check="type IN ('RESELLER', 'REFERRAL', 'MSP', 'MSSP', 'ADVISOR', 'CONSULTANT', 'VAR', 'SYSTEM_INTEGRATOR', 'AGENCY', 'TECHNOLOGY', 'STRATEGIC_ALLIANCE', 'BUSINESS_ALLIANCE', 'INFLUENCER', 'RETENTION', 'AFFILIATE')",
                name="ck_partner_type",
            ),
        ),
        ops.AddConstraint(
            model_name="Partner",
            constraint=CheckConstraint(
                check="status IN ('APPLIED', 'ACTIVE', 'SUSPENDED', 'CLOSED', 'REJECTED')",
                name="ck_partner_status",
            ),
        ),
        ops.AddConstraint(
            model_name="Partner",
            constraint=CheckConstraint(
                check="billing_model IN ('RESELLER', 'NON_RESELLER')",
                name="ck_partner_billing_model",
            ),
        ),
        ops.AddConstraint(
            model_name="Partner",
            constraint=CheckConstraint(
                check="payment_method IN ('CARD', 'BANK_TRANSFER')",
                name="ck_partner_payment_method",
            ),
        ),
        ops.AddConstraint(
            model_name="Plan",
            constraint=CheckConstraint(
                check="code IN ('FREE', 'ASSESSMENT_ONLY', 'FULL_FEATURE')",
                name="ck_plan_code",
            ),
        ),
        ops.AddConstraint(
            model_name="Price",
            constraint=CheckConstraint(
                check="interval IN ('MONTH', 'YEAR')", name="ck_price_interval"
            ),
        ),
        ops.AddConstraint(
            model_name="Price",
            constraint=CheckConstraint(check="amount_minor >= 0", name="ck_price_amount"),
        ),
        ops.AddConstraint(
            model_name="ProgramVersion",
            constraint=CheckConstraint(
                check="status IN ('DRAFT', 'PUBLISHED', 'SUPERSEDED')",
                name="ck_program_version_status",
            ),
        ),
        ops.AddConstraint(
            model_name="ProgramVersion",
            constraint=CheckConstraint(
                check="(status = 'DRAFT') = (published_at IS NULL)",
                name="ck_program_version_published",
            ),
        ),
        ops.AddConstraint(
            model_name="SlotEntry",
            constraint=CheckConstraint(
                check="kind IN ('INCLUDED', 'BOUGHT', 'RESERVED', 'CONSUMED', 'RETURNED')",
                name="ck_slot_entry_kind",
            ),
        ),
        ops.AddConstraint(
            model_name="SlotEntry",
            constraint=CheckConstraint(
                check="(kind IN ('CONSUMED', 'RESERVED') AND quantity < 0) OR (kind IN ('INCLUDED', 'BOUGHT', 'RETURNED') AND quantity > 0)",
                name="ck_slot_entry_sign",
            ),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(
                check="status IN ('TRIALING', 'ACTIVE', 'CANCELLED')",
                name="ck_subscription_status",
            ),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(
                check="payer IN ('PARTNER', 'CLIENT')", name="ck_subscription_payer"
            ),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(
                check="interval IN ('MONTH', 'YEAR')", name="ck_subscription_interval"
            ),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(check="amount_minor >= 0", name="ck_subscription_amount"),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(
                check="(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
                name="ck_subscription_cancelled",
            ),
        ),
        ops.AddConstraint(
            model_name="Tier",
            constraint=CheckConstraint(check="rank >= 1", name="ck_tier_rank"),
        ),
        ops.AddConstraint(
            model_name="TierDecision",
            constraint=CheckConstraint(
                check="direction IN ('PLACED', 'PROMOTION', 'DEMOTION', 'REMOVED')",
                name="ck_tier_decision_direction",
            ),
        ),
        ops.AddConstraint(
            model_name="TierDecision",
            constraint=CheckConstraint(
                check="origin IN ('MANUAL')", name="ck_tier_decision_origin"
            ),
        ),
        ops.AddConstraint(
            model_name="Trial",
            constraint=CheckConstraint(check="ends_at > started_at", name="ck_trial_length"),
        ),
        ops.AddConstraint(
            model_name="TrialTerm",
            constraint=CheckConstraint(
                check="way_in IN ('CREATE', 'UPGRADE')", name="ck_trial_term_way_in"
            ),
        ),
        ops.AddConstraint(
            model_name="TrialTerm",
            constraint=CheckConstraint(check="trial_days >= 0", name="ck_trial_term_days"),
        ),
        ops.AddConstraint(
            model_name="VendorUser",
            constraint=CheckConstraint(
                check="role IN ('VENDOR_ADMIN', 'VENDOR_ANALYST')",
                name="ck_vendor_user_role",
            ),
        ),
    ]
