"""The closed lists and rules of the tables of 0011: Tortoise leaves them out of new tables."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0011_trust_and_delivery")]

    initial = False

    operations = [
        ops.AddConstraint(model_name=model, constraint=CheckConstraint(check=check, name=name))
        for model, name, check in [
            (
                "WebhookEndpoint",
                "ck_webhook_endpoint_status",
                "status IN ('ENABLED', 'DISABLED', 'REMOVED')",
            ),
            ("WebhookEndpoint", "ck_webhook_endpoint_position", "position >= 0 AND round >= 0"),
            (
                "WebhookEndpoint",
                "ck_webhook_endpoint_former",
                "(former_version IS NULL) = (former_until IS NULL)",
            ),
            (
                "WebhookDelivery",
                "ck_webhook_delivery_status",
                "status IN ('PENDING', 'DELIVERED', 'DEAD')",
            ),
            (
                "WebhookDelivery",
                "ck_webhook_delivery_due",
                "(status = 'PENDING') = (next_attempt_at IS NOT NULL)",
            ),
            (
                "WebhookDelivery",
                "ck_webhook_delivery_delivered",
                "(status = 'DELIVERED') = (delivered_at IS NOT NULL)",
            ),
            ("WebhookAttempt", "ck_webhook_attempt_milliseconds", "milliseconds >= 0"),
        ]
    ]
