"""Signatures of webhooks by the Standard Webhooks specification (standardwebhooks.com), v1."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

_PREFIX = "whsec_"
_VERSION = "v1"


def secret_text(key: bytes) -> str:
    """A key as the official libraries take it."""
    return _PREFIX + b64encode(key).decode()


def signed_headers(
    webhook_id: str, at: datetime, body: bytes, keys: Iterable[bytes]
) -> dict[str, str]:
    """The three headers of a message that is sent at a moment, signed with each of the keys.

    Receivers refuse a time that is far from theirs: `at` is real time, of this attempt.
    """
    seconds = int(at.timestamp())
    signed = f"{webhook_id}.{seconds}.".encode() + body
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"{_VERSION},{each}" for each in signatures),
    }
