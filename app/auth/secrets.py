"""The server secret: what API key hashes are keyed with."""

import os
import secrets
from pathlib import Path

from app.settings import Settings


def server_secret(settings: Settings) -> bytes:
    """The secret set by the operator, or the one kept in the data folder, made at first start.

    Raises OSError if the file can be neither read nor made, or was cut short.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = settings.data_dir / "secret"
    if not path.exists():
        _make(path)
    secret = path.read_bytes()
    if len(secret) < 32:
        raise OSError(f"{path} is too short to be the server secret. Restore it from a backup.")
    return secret


def _make(path: Path) -> None:
    """Write a random file that only its owner reads; the first of two processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        # A link appears with all of its bytes or not at all, and never over another's.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
