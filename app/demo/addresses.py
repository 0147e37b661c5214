"""Invoice addresses of demo partners, and of clients that pay themselves."""

from random import Random
from typing import Any

from app.demo import fake_names
from app.domain.addresses import Address


def billing_columns(name: str, country: str, random: Random) -> dict[str, Any]:
    """Return the address and tax id of a business, as columns of its row."""
    facts = fake_names.data("addresses")[country]
    address = Address(
        name=name,
        lines=(f"{random.randrange(1, 120)} {random.choice(facts['streets'])}",),
        city=random.choice(facts["towns"]),
        country=country,
        postal_code=_digits(facts["postal"], random),
        region=facts["region"],
    )
    return {"billing_address": address.data, "tax_id": _digits(facts["tax"], random)}


def _digits(pattern: str, random: Random) -> str:
    return "".join(str(random.randrange(10)) if c == "#" else c for c in pattern)
