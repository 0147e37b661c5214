"""Client teams: the closed vocabularies and the pure rules of their life."""

from enum import StrEnum


class ClientStatus(StrEnum):
    """PROVISIONING, then ACTIVE; SUSPENDED and back; ARCHIVED."""

    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


class SizeSource(StrEnum):
    """Where a client's size comes from: an employee count, or a bracket it declared."""

    COUNTED = "COUNTED"
    DECLARED = "DECLARED"


class AssignmentRole(StrEnum):
    """What an advisor may do inside one client team."""

    ADMIN = "ADMIN"
    CONTRIBUTOR = "CONTRIBUTOR"
    VIEWER = "VIEWER"


class ClientUserStatus(StrEnum):
    """INVITED, then ACTIVE, then REVOKED."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
