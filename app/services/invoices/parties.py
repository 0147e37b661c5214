"""Vendor and payers as invoices name them."""

from dataclasses import dataclass
from typing import Any

from app.persistence.models import Client, Partner, Vendor


@dataclass(frozen=True, slots=True)
class Party:
    """A side of an invoice. `snapshot` is what an issued one keeps of it."""

    name: str
    address: dict[str, Any]
    tax_id: str | None

    @property
    def country(self) -> str | None:
        """Of the address, such as DE; None if not told."""
        return self.address.get("country")

    @property
    def snapshot(self) -> dict[str, Any]:
        """As plain data; its own name if the address names nobody."""
        return {"name": self.name, **self.address, "taxId": self.tax_id}


def seller(vendor: Vendor) -> Party:
    """The vendor."""
    return Party(vendor.name, vendor.address or {}, vendor.tax_id)


def buyer(payer: Partner | Client) -> Party:
    """Who pays."""
    return Party(payer.name, payer.billing_address or {}, payer.tax_id)
