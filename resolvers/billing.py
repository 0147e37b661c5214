"""Queries on plans and company sizes: what a new-client wizard offers."""

import strawberry

from resolvers.permissions import PUBLIC, query
from schema.billing import EmployeeBracket, Plan
from schema.planned import selection_of


@strawberry.type
class BillingQueries:
    """The catalogue. Public: it is the vendor's price list without the prices."""

    @query(PUBLIC, "The plans that clients can be licensed for, in upgrade order.")
    async def plans(self, info: strawberry.Info) -> list[Plan]:
        """All plans."""
        return await info.context.reads.many(selection_of(info), "t.rank")

    @query(PUBLIC, "The company sizes that prices go by, smallest first.")
    async def employee_brackets(self, info: strawberry.Info) -> list[EmployeeBracket]:
        """All company sizes."""
        return await info.context.reads.many(selection_of(info), "t.min_employees")
