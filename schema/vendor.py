"""The vendor, its people and the public face of its program."""

import strawberry

from app.persistence import models
from app.reads.sources import Column
from schema.addresses import BillingAddress, billing_address_of
from schema.fields import column, derived, reads
from schema.node import Node
from schema.scalars import CurrencyCode, EmailAddress


@strawberry.type(description="A person of the vendor.")
@reads(models.VendorUser)
class Person(Node):
    """A person of the vendor."""

    name: str = column("Full name.")
    title: str | None = column("What they do; null if not given.")
    email: EmailAddress = column("Where to reach them.")


@strawberry.type(description="The vendor that runs the program. Public.")
@reads(models.Vendor)
class Vendor(Node):
    """The vendor."""

    name: str = column("Its name.")
    website: str | None = column("Its website domain; null if not given.")
    address: BillingAddress | None = derived(
        "Who issues invoices, and where; null if it was not set.",
        billing_address_of,
        Column("t.address", "json"),
    )
    tax_id: str | None = column("Its number at a tax office; null if not given.")
    home_currency: CurrencyCode = column("The currency it reports in.")
    time_zone: str = column("The time zone of its periods and deadlines, such as `Europe/Berlin`.")
