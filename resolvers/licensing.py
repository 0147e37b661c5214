"""Mutations on subscriptions, slots, billing models and addresses, the catalogue, the vendor."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import Refused
from app.services.billing.buy_slot_bundle import BuySlotBundle, buy_slot_bundle
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.billing.catalogue_file import (
    ImportCatalogue,
    import_catalogue_file,
    try_catalogue_file,
)
from app.services.billing.include_slots import IncludeSlots, include_slots
from app.services.billing.resume_subscription import ResumeSubscription, resume_subscription
from app.services.billing.set_billing_address import set_billing_address
from app.services.billing.set_billing_model import SetBillingModel, set_billing_model
from app.services.clients.change_client_size import change_client_size
from app.services.vendor.update_vendor import update_vendor
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.errors import user_errors
from schema.inputs.billing import (
    BuySlotBundleInput,
    BuySlotBundlePayload,
    CancelSubscriptionInput,
    CancelSubscriptionPayload,
    ChangeClientSizeInput,
    ChangeClientSizePayload,
    ImportCatalogueInput,
    ImportCataloguePayload,
    IncludeSlotsInput,
    IncludeSlotsPayload,
    ResumeSubscriptionInput,
    ResumeSubscriptionPayload,
    SetBillingAddressInput,
    SetBillingAddressPayload,
    SetBillingModelInput,
    SetBillingModelPayload,
)
from schema.inputs.vendor import UpdateVendorInput, UpdateVendorPayload
from schema.node import required_id, row_id


@strawberry.type
class LicensingMutations:
    """What clients and partners are licensed for, and at which terms."""

    @mutation(
        Action.CANCEL_SUBSCRIPTION,
        "Cancel a client's subscription. In its trial it ends immediately and nothing is "
        "charged; later, the client keeps the plan until the end of the current term. Then it "
        "returns to its former plan.",
    )
    async def cancel_subscription(
        self,
        info: strawberry.Info,
        input: Annotated[CancelSubscriptionInput, strawberry.argument(description="The client.")],
    ) -> CancelSubscriptionPayload:
        """Cancel a subscription."""
        client_id = required_id(input.client_id, "Client")
        use_case = CancelSubscription(input.idempotency_key, client_id)
        return await answer(
            CancelSubscriptionPayload, cancel_subscription(info.context.caller, use_case)
        )

    @mutation(
        Action.CANCEL_SUBSCRIPTION,
        "Withdraw the cancellation of a client's subscription before the term ends. The "
        "subscription continues: the next term begins and is charged as if it had not been "
        "cancelled. A subscription that has ended, or that was cancelled in its trial, cannot be "
        "resumed; upgrade the client instead.",
    )
    async def resume_subscription(
        self,
        info: strawberry.Info,
        input: Annotated[ResumeSubscriptionInput, strawberry.argument(description="The client.")],
    ) -> ResumeSubscriptionPayload:
        """Resume a cancelled subscription."""
        client_id = required_id(input.client_id, "Client")
        use_case = ResumeSubscription(input.idempotency_key, client_id)
        return await answer(
            ResumeSubscriptionPayload, resume_subscription(info.context.caller, use_case)
        )

    @mutation(
        Action.RESIZE_CLIENT,
        "Change a client's size. The price of a subscription follows from its next term on.",
    )
    async def change_client_size(
        self,
        info: strawberry.Info,
        input: Annotated[ChangeClientSizeInput, strawberry.argument(description="The size.")],
    ) -> ChangeClientSizePayload:
        """Change the size of a client."""
        work = change_client_size(info.context.caller, input.use_case())
        return await answer(ChangeClientSizePayload, work)

    @mutation(
        Action.SET_BILLING_MODEL,
        "Set who pays for a partner's clients, from the next term of each subscription on.",
    )
    async def set_billing_model(
        self,
        info: strawberry.Info,
        input: Annotated[SetBillingModelInput, strawberry.argument(description="The model.")],
    ) -> SetBillingModelPayload:
        """Set the billing model."""
        partner_id = required_id(input.partner_id, "Partner")
        use_case = SetBillingModel(input.idempotency_key, partner_id, input.billing_model)
        work = set_billing_model(info.context.caller, use_case)
        return await answer(SetBillingModelPayload, work)

    @mutation(
        Action.SET_BILLING_ADDRESS,
        "Set where invoices go, and the tax id, as a whole: your partner's, or those of a client "
        "that pays itself. Invoices that are issued keep theirs.",
    )
    async def set_billing_address(
        self,
        info: strawberry.Info,
        input: Annotated[SetBillingAddressInput, strawberry.argument(description="The address.")],
    ) -> SetBillingAddressPayload:
        """Set an address."""
        work = set_billing_address(info.context.caller, input.use_case())
        return await answer(SetBillingAddressPayload, work)

    @mutation(
        Action.BUY_SLOTS,
        "Buy bundles of assessment slots at the price in force. They can be used immediately.",
    )
    async def buy_slot_bundle(
        self,
        info: strawberry.Info,
        input: Annotated[BuySlotBundleInput, strawberry.argument(description="The bundles.")],
    ) -> BuySlotBundlePayload:
        """Buy slots."""
        use_case = BuySlotBundle(
            input.idempotency_key,
            input.bundle_code,
            input.quantity,
            row_id(input.partner_id, "Partner"),
        )
        return await answer(BuySlotBundlePayload, buy_slot_bundle(info.context.caller, use_case))

    @mutation(
        Action.INCLUDE_SLOTS,
        "Give a partner assessment slots as part of its agreement, at no charge.",
    )
    async def include_slots(
        self,
        info: strawberry.Info,
        input: Annotated[IncludeSlotsInput, strawberry.argument(description="The slots.")],
    ) -> IncludeSlotsPayload:
        """Include slots."""
        partner_id = required_id(input.partner_id, "Partner")
        use_case = IncludeSlots(input.idempotency_key, partner_id, input.slots, input.note)
        return await answer(IncludeSlotsPayload, include_slots(info.context.caller, use_case))

    @mutation(
        Action.EDIT_CATALOGUE,
        "Import plans, company sizes, bundles, price books, billing policies and tax rules from "
        "a file; or report what that would change.",
    )
    async def import_catalogue(
        self,
        info: strawberry.Info,
        input: Annotated[ImportCatalogueInput, strawberry.argument(description="The catalogue.")],
    ) -> ImportCataloguePayload:
        """Import a catalogue."""
        caller = info.context.caller
        if not input.dry_run:
            use_case = ImportCatalogue(input.idempotency_key, input.text)
            return await answer(ImportCataloguePayload, import_catalogue_file(caller, use_case))
        try:
            changes = await try_catalogue_file(caller, input.text)
        except Refused as refused:
            return ImportCataloguePayload(ids={}, user_errors=user_errors(refused.problems))
        return ImportCataloguePayload(ids={}, user_errors=[], changes=changes)

    @mutation(
        Action.EDIT_VENDOR,
        "Change the vendor's name, website, address and tax id: who issues invoices from now on. "
        "Those that are issued keep theirs.",
    )
    async def update_vendor(
        self,
        info: strawberry.Info,
        input: Annotated[UpdateVendorInput, strawberry.argument(description="The changes.")],
    ) -> UpdateVendorPayload:
        """Change the vendor."""
        work = update_vendor(info.context.caller, input.use_case())
        return await answer(UpdateVendorPayload, work)
