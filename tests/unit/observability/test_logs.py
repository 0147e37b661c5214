"""Log lines: no query strings, no tokens, and a correlation id on each."""

import io
import json
import logging
import sqlite3
import subprocess
import sys
import threading

import asyncpg
import pytest
import structlog
from tortoise.exceptions import IntegrityError, OperationalError, ValidationError

from app.observability import metrics
from app.observability.logs import (
    MAX_WAITING,
    configure_logs,
    correlation_id,
    flush_logs,
    log_request,
)
from app.observability.tracebacks import harmless, traceback_text


@pytest.fixture(autouse=True)
def as_it_was():
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**kept)


def written(capsys: pytest.CaptureFixture[str]) -> str:
    flush_logs()
    return capsys.readouterr().err


def test_a_line_of_a_request_looks_like_any_other(capsys):
    configure_logs("INFO", as_json=True)
    structlog.contextvars.bind_contextvars(correlation_id="abc")
    structlog.get_logger("app.requests").info("request", status=200)
    log_request("app.requests", logging.INFO, {"status": 200})
    structlog.contextvars.clear_contextvars()
    one, other = map(json.loads, written(capsys).splitlines())
    assert one.keys() == other.keys()
    assert {**one, "timestamp": ""} == {**other, "timestamp": ""}


def test_lines_that_find_no_room_are_counted(capsys):
    released, held = threading.Event(), threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            held.set()
            assert released.wait(20)
            return super().write(text)

    configure_logs("INFO", as_json=True, stream=(slow := Slow()))
    log = structlog.get_logger("app.x")
    log.info("first")
    assert held.wait(20)
    before = metrics.log_lines_dropped._value.get()
    for _ in range(MAX_WAITING + 3):
        log.info("more")
    assert metrics.log_lines_dropped._value.get() - before == 3
    # To stop is to write all of it: there is room again once the stream goes on.
    threading.Timer(0.05, released.set).start()
    configure_logs("INFO", as_json=True)
    assert slow.getvalue().count("more") == MAX_WAITING


def test_what_is_waiting_is_written_when_the_process_ends_by_an_exception():
    code = """
from app.observability.logs import configure_logs
import logging
configure_logs("INFO", as_json=True)
for number in range(1000):
    logging.getLogger("app.x").info("line %d", number)
raise SystemExit(3)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert (ended.returncode, lines) == (3, [f"line {number}" for number in range(1000)])


def test_lines_are_json_with_the_correlation_id(capsys):
    configure_logs("INFO", as_json=True)
    structlog.contextvars.bind_contextvars(correlation_id="abc")
    structlog.get_logger("app.x").info("happened", count=2)
    structlog.get_logger("app.x").debug("not shown")
    structlog.contextvars.clear_contextvars()
    (line,) = written(capsys).splitlines()
    told = json.loads(line)
    assert (told["event"], told["count"], told["correlation_id"]) == ("happened", 2, "abc")
    assert told["level"] == "info"


@pytest.mark.parametrize("as_json", [True, False])
def test_uvicorns_lines_lose_their_query_strings(capsys, as_json):
    configure_logs("INFO", as_json)
    path = "/graphql?token=pg_secret"
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "1.2.3.4:5", path)
    told = written(capsys)
    assert "/graphql" in told
    assert "pg_secret" not in told


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_show_no_values(capsys, as_json):
    configure_logs("INFO", as_json)
    password = "hunter2"
    try:
        _ = {}[len(password)]
    except KeyError:
        structlog.get_logger().exception("failed")
    told = written(capsys)
    assert "KeyError" in told
    assert "hunter2" not in told.replace('password = "hunter2"', "")


def test_a_level_that_does_not_exist():
    with pytest.raises(ValueError, match="LOUD"):
        configure_logs("loud", as_json=False)


def test_correlation_ids():
    assert correlation_id("trace-1.2_3") == "trace-1.2_3"
    for odd in (None, "", "a b", "x" * 65, "a\nb", "é"):
        assert len(correlation_id(odd)) == 32


def test_a_database_error_does_not_quote_the_row(capsys):
    configure_logs("DEBUG", as_json=True)
    refused = asyncpg.UniqueViolationError(
        'duplicate key value violates unique constraint "uid_person_email"'
    )
    refused.args = (f"{refused}\nDETAIL:  Key (email)=(ada@example.com) already exists.",)
    try:
        raise IntegrityError(refused) from refused
    except IntegrityError:
        structlog.get_logger().exception("failed")
    told = json.loads(written(capsys))["exception"]
    assert "uid_person_email" in told
    assert "[23505]" in told
    assert told.count("Traceback") == 2
    assert "ada@example.com" not in told


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.DataError('invalid input syntax for type uuid: "hunter2"'), "[22000]"),
        (
            asyncpg.exceptions._base.ClientConfigurationError("weak: hunter2"),
            "weak",
        ),
        (ValidationError("name: Length of 'hunter2' 7 > 3"), "name"),
        (OperationalError(asyncpg.UndefinedTableError("no such table")), "no such table [42P01]"),
        (sqlite3.IntegrityError("UNIQUE constraint failed: api_key.hash"), "api_key.hash"),
        (KeyError("name"), "'name'"),
    ],
)
def test_what_an_error_says_without_values(error, words):
    assert words in harmless(error)
    assert "hunter2" not in harmless(error)


def test_notes_and_parts_are_told():
    first, second = ValueError("one"), ValueError("two")
    first.add_note("While renewing partner 7.")
    group = ExceptionGroup("several", [first, second])
    told = traceback_text((type(group), group, None))
    assert "While renewing partner 7." in told
    assert told.count("One of its parts:") == 2
