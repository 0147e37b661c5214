"""Checks before the service starts."""

from app.persistence.database import Database
from app.persistence.migrate import pending


class NotMigrated(Exception):
    """The database lacks migrations of this release."""


async def require_migrated(database: Database) -> None:
    """Raise NotMigrated if migrations are missing, DatabaseTooNew if there are unknown ones."""
    missing = await pending(database)
    if missing:
        raise NotMigrated(
            f"The database lacks {len(missing)} migrations, from {missing[0]} on."
            " Run `python -m app migrate` first."
        )
