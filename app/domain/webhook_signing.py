"""Signatures of webhooks by the Standard Webhooks specification (standardwebhooks.com), v1."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

_PREFIX = "whsec_"
_VERSION = "v1"


def secret_text(key: bytes) -> str:
    """Return a key in the form that the official libraries accept."""
    return _PREFIX + b64encode(key).decode()


def signed_headers(
    webhook_id: str, at: datetime, body: bytes, keys: Iterable[bytes]
) -> dict[str, str]:
    """Return the three headers of a message sent at a time, signed with each of the keys.

    Receivers refuse times far from their own, so `at` is the real time of this attempt.
    """
    seconds = int(at.timestamp())
    signed = f"{webhook_id}.{seconds}.".encode() + body
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"{_VERSION},{each}" for each in signatures),
    }
