"""Enums that several areas use. They are described before any type that names them."""

from app.domain.identity import Role
from app.domain.partners import PartnerType
from schema.enums import described

described(
    PartnerType,
    "A type of partner business. It decides which tier programs it is in.",
    RESELLER="Sells the vendor's product on.",
    REFERRAL="Refers customers.",
    MSP="Managed service provider.",
    MSSP="Managed security service provider.",
    ADVISOR="Advises clients, such as a virtual CISO.",
    CONSULTANT="Consults on projects.",
    VAR="Value-added reseller.",
    SYSTEM_INTEGRATOR="Integrates systems.",
    AGENCY="An agency.",
    TECHNOLOGY="Integrates its own product with the vendor's.",
    STRATEGIC_ALLIANCE="Aligned with the vendor in the long term.",
    BUSINESS_ALLIANCE="Resells, manages and delivers for margin or commission.",
    INFLUENCER="Influences decisions without taking part in the sale.",
    RETENTION="Helps to keep customers by its own services.",
    AFFILIATE="Brings customers for a fee.",
)
described(
    Role,
    "The role of an actor.",
    VENDOR_ADMIN="Administers the whole program.",
    VENDOR_ANALYST="Reads everything, writes nothing.",
    PARTNER_ADMIN="Administers one partner team and all its clients.",
    ADVISOR="Works for one partner team, in the clients assigned.",
    CLIENT_USER="Sees one client team.",
    APP="An API key of the vendor or of a partner, within its scopes.",
    SYSTEM="The service itself, such as an evaluation on schedule. Nobody signs in as it.",
    NEWCOMER="Has a valid token, but is nobody here yet: may accept an invitation.",
    PUBLIC="Not signed in.",
)

__all__ = ["PartnerType", "Role"]
