"""Roles and scopes of actors, the callers of the service."""

from enum import StrEnum


class Role(StrEnum):
    """The kind of an actor. `app.auth.policy` defines what each may do."""

    VENDOR_ADMIN = "VENDOR_ADMIN"
    VENDOR_ANALYST = "VENDOR_ANALYST"
    PARTNER_ADMIN = "PARTNER_ADMIN"
    ADVISOR = "ADVISOR"
    CLIENT_USER = "CLIENT_USER"
    APP = "APP"
    # The service itself, for example in a scheduled evaluation. Nobody signs in as it.
    SYSTEM = "SYSTEM"
    # Signed in at the identity provider, but unknown here: may only accept an invitation.
    NEWCOMER = "NEWCOMER"
    PUBLIC = "PUBLIC"


class Scope(StrEnum):
    """What an APP key may access. People have every scope that their role allows."""

    PARTNERS_READ = "PARTNERS_READ"
    PARTNERS_WRITE = "PARTNERS_WRITE"
    CLIENTS_READ = "CLIENTS_READ"
    CLIENTS_WRITE = "CLIENTS_WRITE"
    CONTENT_READ = "CONTENT_READ"
    CONTENT_WRITE = "CONTENT_WRITE"
    PROGRAMS_READ = "PROGRAMS_READ"
    PROGRAMS_WRITE = "PROGRAMS_WRITE"
    BILLING_READ = "BILLING_READ"
    BILLING_WRITE = "BILLING_WRITE"
    EVENTS_READ = "EVENTS_READ"
    EVENTS_WRITE = "EVENTS_WRITE"
    AUDIT_READ = "AUDIT_READ"
