"""Input and payload of the mutation on the vendor itself."""

import strawberry

from app.domain.addresses import Address
from app.services.vendor.update_vendor import UpdateVendor
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.scalars import CountryCode
from schema.vendor import Vendor


@strawberry.input(description="An address.")
class AddressInput:
    """An address."""

    name: str = strawberry.field(description="The name of the addressee, 1–200 characters.")
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

    def address(self) -> Address:
        """The use case's own input."""
        return Address(
            name=self.name,
            lines=tuple(self.lines),
            city=self.city,
            country=self.country,
            postal_code=self.postal_code,
            region=self.region,
        )


@strawberry.input(description="Changes to the vendor; values that are not given stay unchanged.")
class UpdateVendorInput:
    """Changes."""

    idempotency_key: str = idempotency_key()
    name: str | None = strawberry.field(default=None, description="Its name, 1–200 characters.")
    website: str | None = strawberry.field(
        default=None, description="Its website's domain; an empty text removes it."
    )
    address: AddressInput | None = strawberry.field(
        default=None,
        description="The complete address of the issuer of invoices: its `name` appears on them.",
    )
    tax_id: str | None = strawberry.field(
        default=None,
        description="Its number at a tax office, such as `DE123456789`; an empty text removes it.",
    )

    def use_case(self) -> UpdateVendor:
        """The use case's own input."""
        return UpdateVendor(
            self.idempotency_key,
            name=self.name,
            website=self.website,
            address=self.address.address() if self.address else None,
            tax_id=self.tax_id,
        )


@strawberry.type(description="The answer of `updateVendor`.")
class UpdateVendorPayload(Payload):
    """The vendor."""

    vendor: Vendor | None = loaded("vendor", "The vendor; null if it was refused.")
