"""Addresses that invoices go to, or come from."""

from collections.abc import Mapping
from typing import Any

import strawberry

from schema.scalars import CountryCode


@strawberry.type(description="The address of the payer or issuer of invoices.")
class BillingAddress:
    """An address; plain data."""

    name: str = strawberry.field(description="The name of the addressee or issuer.")
    lines: list[str] = strawberry.field(description="The lines between name and town.")
    postal_code: str | None = strawberry.field(description="Null if there is none.")
    city: str = strawberry.field(description="The town.")
    region: str | None = strawberry.field(description="State or county; null if not given.")
    country: CountryCode = strawberry.field(description="The country.")


def billing_address_of(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The address of a row as plain data; null if none was set."""
    return kept or None
