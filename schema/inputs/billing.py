"""Inputs and payloads of the mutations on subscriptions, slots, addresses and the catalogue."""

import strawberry

from app.domain.addresses import Address
from app.domain.partners import BillingModel
from app.services.billing.set_billing_address import SetBillingAddress
from app.services.clients.change_client_size import ChangeClientSize
from schema.billing import ClientSubscription
from schema.clients import Client
from schema.inputs.clients import ClientSize, given
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.node import required_id, row_id
from schema.partners import Partner
from schema.scalars import CountryCode
from schema.slots import BundlePurchase
from schema.vendor import Vendor


@strawberry.input(description="A client whose subscription to cancel.")
class CancelSubscriptionInput:
    """A cancellation."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.type(description="The answer of `cancelSubscription`.")
class CancelSubscriptionPayload(Payload):
    """The cancelled subscription."""

    subscription: ClientSubscription | None = loaded(
        "subscription", "The subscription; null if it was refused."
    )
    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="A client whose cancelled subscription to resume.")
class ResumeSubscriptionInput:
    """A cancellation to take back."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.type(description="The answer of `resumeSubscription`.")
class ResumeSubscriptionPayload(Payload):
    """The resumed subscription."""

    subscription: ClientSubscription | None = loaded(
        "subscription", "The subscription; null if it was refused."
    )
    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="A client and its new size.")
class ChangeClientSizeInput:
    """A change of size."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    size: ClientSize = strawberry.field(description="How large it is now.")

    def use_case(self) -> ChangeClientSize:
        """The use case's own input."""
        return ChangeClientSize(
            self.idempotency_key,
            required_id(self.client_id, "Client"),
            employee_count=given(self.size.employee_count),
            bracket_code=given(self.size.bracket),
        )


@strawberry.type(description="The answer of `changeClientSize`.")
class ChangeClientSizePayload(Payload):
    """The resized client."""

    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="Who pays for a partner's clients.")
class SetBillingModelInput:
    """A billing model."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    billing_model: BillingModel = strawberry.field(description="Who pays from now on.")


@strawberry.type(description="The answer of `setBillingModel`.")
class SetBillingModelPayload(Payload):
    """The partner."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")


@strawberry.input(description="Bundles of assessment slots to buy.")
class BuySlotBundleInput:
    """A purchase."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="For the vendor only; everyone else buys for their own partner."
    )
    bundle_code: strawberry.ID = strawberry.field(description="The code of a `SlotBundle`.")
    quantity: int = strawberry.field(default=1, description="How many of it: 1–1,000.")


@strawberry.type(description="The answer of `buySlotBundle`.")
class BuySlotBundlePayload(Payload):
    """The purchase."""

    purchase: BundlePurchase | None = loaded("purchase", "The purchase; null if it was refused.")
    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")


@strawberry.input(description="Slots that come with a partner's agreement.")
class IncludeSlotsInput:
    """Included slots."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    slots: int = strawberry.field(description="How many: 1–10,000.")
    note: str = strawberry.field(
        default="", description="The text in the ledger, up to 200 characters."
    )


@strawberry.type(description="The answer of `includeSlots`.")
class IncludeSlotsPayload(Payload):
    """The entry."""

    purchase: BundlePurchase | None = loaded("purchase", "What was given; null if it was refused.")
    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")


@strawberry.input(description="Where the invoices of a partner, or of a client, go.")
class SetBillingAddressInput:
    """An address."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whose it is, for the vendor; everyone else sets their own partner's.",
    )
    client_id: strawberry.ID | None = strawberry.field(
        default=None, description="The client that it belongs to, instead of a partner."
    )
    name: str = strawberry.field(description="Whom they go to, 1–200 characters.")
    lines: list[str] = strawberry.field(
        description="The lines between name and town, such as street and number: 1–4 lines of "
        "1–120 characters."
    )
    postal_code: str | None = strawberry.field(default=None, description="Up to 20 characters.")
    city: str = strawberry.field(description="The town, 1–120 characters.")
    region: str | None = strawberry.field(
        default=None, description="State or county, up to 120 characters."
    )
    country: CountryCode = strawberry.field(description="The country; taxes follow from it.")
    tax_id: str | None = strawberry.field(
        default=None,
        description="Its number at a tax office, such as `DE123456789`; unset: it has none.",
    )

    def use_case(self) -> SetBillingAddress:
        """The use case's own input."""
        return SetBillingAddress(
            self.idempotency_key,
            Address(
                name=self.name,
                lines=tuple(self.lines),
                city=self.city,
                country=self.country,
                postal_code=self.postal_code,
                region=self.region,
            ),
            tax_id=self.tax_id,
            partner_id=row_id(self.partner_id, "Partner"),
            client_id=row_id(self.client_id, "Client"),
        )


@strawberry.type(description="The answer of `setBillingAddress`.")
class SetBillingAddressPayload(Payload):
    """Whose address was set."""

    partner: Partner | None = loaded(
        "partner", "The partner, or that of the client; null if it was refused."
    )
    client: Client | None = loaded(
        "client", "The client; null if it is the partner's, or if it was refused."
    )


@strawberry.input(description="A catalogue file to import.")
class ImportCatalogueInput:
    """A catalogue."""

    idempotency_key: str = idempotency_key()
    text: str = strawberry.field(
        description="The file, YAML or JSON, up to 200,000 characters. What it omits stays "
        "unchanged; dated entries are never changed, only added."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only report what it would change; nothing is written."
    )


@strawberry.type(description="The answer of `importCatalogue`.")
class ImportCataloguePayload(Payload):
    """What an import did, or would do."""

    vendor: Vendor | None = loaded(
        "vendor", "The vendor; null if it was refused, or for a dry run."
    )
    changes: list[str] | None = strawberry.field(
        default=None,
        description="The changes, in words; null unless it was a dry run that was not refused.",
    )
