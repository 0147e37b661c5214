"""The command line's server: what it prints, and that it stops in peace while clients listen."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.commands import Commands

ROOT = Path(__file__).parents[2]


async def run(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, out.decode(), err.decode()


async def test_streams_end_when_the_server_stops(deployment: Path, commands: Commands):
    environment = {"PARTNERGRAPH_DATA_DIR": str(deployment)}
    made = commands.run(
        *("keys", "create", "--name", "t", "--role", "APP", "--vendor"),
        *("--scope", "EVENTS_READ", "--scope", "PROGRAMS_READ"),
        **environment,
    )
    key = made.out.strip()
    process = await run("serve", "--port", "0", **environment)
    assert process.stdout
    port = 0
    while not port:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        if "/graphql" in line:
            port = int(line.split("127.0.0.1:")[1].split("/")[0])
    authorization = {"authorization": f"Bearer {key}"}
    query = {"query": "subscription { tierChanged { cursor } }"}
    url = f"ws://127.0.0.1:{port}/graphql?token={key}"
    async with (
        httpx2.AsyncClient(timeout=60) as http,
        http.stream(
            "POST",
            f"http://127.0.0.1:{port}/graphql",
            json=query,
            headers={**authorization, "accept": "text/event-stream"},
        ) as events,
        connect(url, subprotocols=["graphql-transport-ws"]) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": authorization}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": query}))
        assert events.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert b"".join([chunk async for chunk in events.aiter_bytes()]) == b""
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            assert closed.rcvd.code == 1012
    code, out, err = await ended(process)
    assert code == 0, err
    assert "Traceback" not in err
    assert key not in out + err


def test_what_an_operator_can_mend_is_one_line(tmp_path: Path, commands: Commands):
    environment = {"PARTNERGRAPH_DATA_DIR": str(tmp_path)}
    cases = [
        (["serve"], {}, "Run `python -m app migrate` first."),
        (["serve", "--demo", "--host", "0.0.0.0"], {}, "PARTNERGRAPH_DEMO"),
        (["serve", "--workers", "2"], {}, "SQLite is for one process."),
        (["serve"], {"PARTNERGRAPH_WORKERS": "2"}, "SQLite is for one process."),
        (["relay"], {}, "SQLite is for one process"),
        (["keys", "list"], {}, "Run `python -m app migrate` first."),
        (["migrate"], {"PARTNERGRAPH_DATABASE_URL": "mysql://x"}, "sqlite:// or postgres://"),
        (["migrate"], {"PARTNERGRAPH_DATABASE_URL": "postgres://u:pw@127.0.0.1:1/x"}, "Error:"),
        (["migrate"], {"PARTNERGRAPH_PORT": "http"}, "PARTNERGRAPH_PORT"),
        (["migrate"], {"PARTNERGRAPH_LOG_LEVEL": "LOUD"}, "PARTNERGRAPH_LOG_LEVEL"),
        (["migrate"], {"PARTNERGRAPH_SECRET": "hunter2"}, "PARTNERGRAPH_SECRET"),
    ]
    for arguments, more, expected in cases:
        code, out, err = commands.run(*arguments, **{**environment, **more})
        assert code == 1, (arguments, out, err)
        assert expected in err
        assert "Traceback" not in err
        assert "hunter2" not in err
        assert "pw@" not in err


def test_keys_at_the_command_line(deployment: Path, commands: Commands):
    environment = {"PARTNERGRAPH_DATA_DIR": str(deployment)}
    create = ["keys", "create", "--name", "Report", "--role", "APP"]
    scope = ["--scope", "CLIENTS_READ"]
    code, out, err = commands.run(*create, "--vendor", *scope, **environment)
    assert code == 0, err
    key = out.strip()
    assert key.startswith("pg_")
    assert "\n" not in key
    code, out, _ = commands.run("keys", "list", **environment, COLUMNS="200")
    assert "Report" in out
    assert key.partition(".")[2] not in out
    code, _, err = commands.run("keys", "revoke", key.partition(".")[0], **environment)
    assert code == 0, err
    code, _, err = commands.run("keys", "revoke", key, **environment)
    assert (code, "no live key" in err) == (1, True)
    for wrong, expected in (
        ([*create, "--vendor"], "at least one scope"),
        ([*create, *scope], "--partner or --vendor"),
        ([*create, *scope, "--partner", "nobody"], "no partner"),
        (["keys", "create", "--name", "n", "--role", "ADVISOR", "--email", "a@b.c"], "no ADVISOR"),
    ):
        code, out, err = commands.run(*wrong, **environment)
        assert (code, out) == (1, "")
        assert expected in err
