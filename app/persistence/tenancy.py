"""Who may see the rows of a table: each model declares it once, every read obeys it.

A predicate is SQL over the alias `t` with the named parameters `:partner`, `:advisor` and
`:client` (the actor's own ids). The vendor sees every row; a role without a predicate sees none.
"""

from dataclasses import dataclass

NOBODY = "FALSE"
EVERYBODY = "TRUE"

ASSIGNED_CLIENTS = (
    "(SELECT a.client_id FROM advisor_assignment a"
    " WHERE a.advisor_id = :advisor AND a.ended_at IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The rows of one table that each kind of actor may see."""

    partner: str = NOBODY
    advisor: str = NOBODY
    client_user: str = NOBODY
    public: str = NOBODY


def of_partner(client_user: str = NOBODY) -> Tenancy:
    """Rows shared by a whole partner team, such as its templates."""
    mine = "t.partner_id = :partner"
    return Tenancy(partner=mine, advisor=mine, client_user=client_user)


def of_client(column: str = "client_id") -> Tenancy:
    """Rows that belong to one client: its advisors and its own users see them."""
    mine = "t.partner_id = :partner"
    return Tenancy(
        partner=mine,
        advisor=f"{mine} AND t.{column} IN {ASSIGNED_CLIENTS}",
        client_user=f"{mine} AND t.{column} = :client",
    )


# Prices, plans, published programs: the same for all, nothing about anybody.
SHARED = Tenancy(EVERYBODY, EVERYBODY, EVERYBODY, EVERYBODY)
# Only the vendor.
VENDOR_ONLY = Tenancy()
