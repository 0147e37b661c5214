"""Content libraries: the closed vocabularies and checksums."""

import hashlib
from enum import StrEnum


class LibraryKind(StrEnum):
    """OPEN: the vendor's, for every partner. EXCLUSIVE: one partner's, for its clients (S1)."""

    OPEN = "OPEN"
    EXCLUSIVE = "EXCLUSIVE"


class ContentKind(StrEnum):
    """What an asset is."""

    ASSESSMENT_TEMPLATE = "ASSESSMENT_TEMPLATE"
    AUTHORITY_DOCUMENT = "AUTHORITY_DOCUMENT"
    CONTROL_SET = "CONTROL_SET"
    POLICY = "POLICY"
    RISK_LIBRARY = "RISK_LIBRARY"
    PLAYBOOK = "PLAYBOOK"
    TRAINING = "TRAINING"
    COLLATERAL = "COLLATERAL"


class VersionStatus(StrEnum):
    """DRAFT, then PUBLISHED (immutable from then on), then RETIRED."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class GrantSource(StrEnum):
    """How content came to a client."""

    TEMPLATE = "TEMPLATE"
    PUSH = "PUSH"
    SALE = "SALE"


def checksum(body: str) -> str:
    """SHA-256 of the text in UTF-8, as lower-case hex."""
    return hashlib.sha256(body.encode()).hexdigest()
