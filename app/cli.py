"""The command line: serve | migrate | demo | keys | export-schema."""

import asyncio
import difflib
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, AsyncIterator, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tortoise.exceptions import BaseORMException

from app.auth.api_keys import NewKey, create_key, list_keys, revoke_key
from app.auth.people import by_email
from app.auth.secrets import server_secret
from app.cli_progress import task_progress
from app.demo import NotEmpty, demo_keys, is_loaded, load_demo
from app.domain.clock import SystemClock
from app.domain.identity import Role, Scope
from app.logs import configure_logs
from app.persistence.database import Database, DatabaseInUse
from app.persistence.migrate import BrokenReferences, DatabaseTooNew, migrate
from app.persistence.models import Partner
from app.settings import Settings

T = TypeVar("T")

SDL = Path(__file__).parents[1] / "schema" / "schema.graphql"
MAX_CONNECTIONS = 10_000
WEBSOCKET_BYTES = 65_536
SHUTDOWN_SECONDS = 10

# What can be wrong without being a bug: one line, no traceback.
EXPECTED = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    BaseORMException,
    BrokenReferences,
    DatabaseInUse,
    DatabaseTooNew,
    LookupError,
    NotEmpty,
    OSError,
    sqlite3.Error,
    ValidationError,
    ValueError,
)
