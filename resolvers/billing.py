"""Queries on the catalogue: what a new-client wizard offers, and what lies behind prices."""

import strawberry

from app.auth.policy import Action
from app.domain.catalogue.writing import catalogue_yaml
from app.services.billing.export_catalogue import export_catalogue
from resolvers.permissions import PUBLIC, query
from schema.billing import EmployeeBracket, Plan
from schema.planned import selection_of
from schema.price_books import BillingPolicy, PriceBook, SlotBundle, TaxRule


@strawberry.type
class BillingQueries:
    """The catalogue. Plans, sizes and bundles are public: a price list without the prices."""

    @query(PUBLIC, "The plans that clients can be licensed for, in upgrade order.")
    async def plans(self, info: strawberry.Info) -> list[Plan]:
        """All plans."""
        return await info.context.reads.many(selection_of(info), "t.rank")

    @query(PUBLIC, "The company sizes that prices go by, smallest first.")
    async def employee_brackets(self, info: strawberry.Info) -> list[EmployeeBracket]:
        """All company sizes."""
        return await info.context.reads.many(selection_of(info), "t.min_employees")

    @query(Action.READ_PARTNERS, "The bundles of assessment slots there are, smallest first.")
    async def slot_bundles(self, info: strawberry.Info) -> list[SlotBundle]:
        """All bundles."""
        return await info.context.reads.many(selection_of(info), "t.slots, t.id")

    @query(
        Action.READ_BILLING,
        "All price books by currency, newest first within each: past ones, the one in force (the "
        "first that has begun), and future ones.",
    )
    async def price_books(self, info: strawberry.Info) -> list[PriceBook]:
        """All price books."""
        order = "t.currency_code, t.effective_from DESC, t.id"
        return await info.context.reads.many(selection_of(info), order)

    @query(
        Action.READ_BILLING,
        "All billing policies, newest first: the first that has begun is in force.",
    )
    async def billing_policies(self, info: strawberry.Info) -> list[BillingPolicy]:
        """All billing policies."""
        return await info.context.reads.many(selection_of(info), "t.effective_from DESC, t.id")

    @query(
        Action.READ_BILLING,
        "All tax rules by country, of each the newest first: the first that has begun is in force.",
    )
    async def tax_rules(self, info: strawberry.Info) -> list[TaxRule]:
        """All tax rules."""
        order = "t.country, t.effective_from DESC, t.id"
        return await info.context.reads.many(selection_of(info), order)

    @query(
        Action.EDIT_CATALOGUE,
        "The whole catalogue as a YAML file for `importCatalogue`, for example to edit it.",
    )
    async def catalogue_text(self, info: strawberry.Info) -> str:
        """Export the catalogue."""
        return catalogue_yaml(await info.context.runtime.database.read(export_catalogue))
