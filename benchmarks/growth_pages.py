"""The time of a page in larger and larger databases, and its statements."""

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

from app.auth.actor import Actor
from app.context import Context, Runtime
from app.domain.clock import SystemClock
from app.domain.identity import Role
from app.graphql.endpoint import api_schema
from app.persistence.database import Database
from app.reads.pages import encode_cursor, page_request
from app.reads.sources import Order, Paging
from app.settings import Settings
from benchmarks.calls import Call, page_calls
from benchmarks.dataset import Dataset
from benchmarks.growth_rows import (
    ADVISOR,
    CLIENT,
    FEW,
    MOST_CLIENTS,
    Place,
    client_name,
    clients_of,
    databases,
    few_clients,
    filled,
    rank_to_number,
    row_id,
)
from benchmarks.measure import Server, free_port, in_turn, serving
from benchmarks.plots import Found, Points
from benchmarks.report import Options
from schema.type_catalogue import build_catalogue
from tests.contract import recorded_sql

DEPTHS = (0, 10, 1_000, 10_000, 100_000, 1_000_000)
CLIENTS = (10, 100, 1_000, 10_000)
PARTNERS = (100, 1_000, 10_000, 100_000)
PAGE_SIZES = (1, 50, 100)
# A size is asked so often before it is the next one's turn, and has so many turns in each round.
TURN, TURNS = 20, 8
DIALECTS = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
LIST = """query($first: Int!, $after: Cursor) { viewer { partner { name
  clients(first: $first, after: $after, orderBy: {field: NAME, direction: ASC}) {
    nodes { id name domain status employeeCount createdAt plan { code } }
    pageInfo { hasNextPage endCursor } } } } }"""


class Caller:
    """A connection to a server that asks for one thing after another, and adds next to nothing."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))

    def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises RuntimeError if it is not a 200 with data alone."""
        self._socket.sendall(request)
        answer, length = b"", -1
        while length < 0 or len(answer) < length:
            part = self._socket.recv(1 << 17)
            answer += part
            if length < 0 and (blank := answer.find(b"\r\n\r\n")) >= 0:
                found = re.search(rb"\r\ncontent-length: *(\d+)", answer[:blank].lower())
                length = blank + 4 + int(found[1]) if found else 0
            if not part:
                break
        body = answer.partition(b"\r\n\r\n")[2]
        if not answer.startswith(b"HTTP/1.1 200") or b'"errors"' in body or len(answer) != length:
            raise RuntimeError(f"not the answer expected: {answer[:1000]!r}")
        return body


def milliseconds(caller: Caller, requests: Sequence[bytes]) -> dict[str, float]:
    """The median time of an answer, over a turn of the requests."""
    times = []
    for number in range(TURN):
        start = time.perf_counter()
        caller.ask(requests[number % len(requests)])
        times.append(time.perf_counter() - start)
    return {"ms": median(times) * 1000}


def compare(sizes: Mapping[int, Callable[[], dict[str, float]]], rounds: int) -> Points:
    """The time at each size, the sizes in turn."""
    found = in_turn({str(size): ask for size, ask in sizes.items()}, rounds * TURNS)
    return [(size, found[str(size)]["ms"]) for size in sizes]


@contextmanager
def _serving(dataset: Dataset) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    with serving("ours", command, port, dataset.settings()) as server:
        yield server


def lists(options: Options) -> Found:
    """One partner's list, page by page to its end; partners with more and more clients."""
    found: Found = {"depth": {}, "clients": {}, "statements": {}}
    for dialect, name in DIALECTS.items():
        with databases(dialect) as place:
            counts = (MOST_CLIENTS, *CLIENTS)
            numbers = range(1, len(counts) + 1)
            filling = filled(place, "lists", len(counts), clients_of(counts), numbers)
            deep, *others = asyncio.run(filling)
            with _serving(deep) as server:
                caller = Caller(server)
                pages = {depth: _page_at(deep, depth) for depth in DEPTHS}
                for depth, request in pages.items():
                    _check_page(caller.ask(request), depth)
                asks = {depth: partial(milliseconds, caller, [r]) for depth, r in pages.items()}
                found["depth"][name] = compare(asks, options.rounds)
                asks = {
                    count: partial(milliseconds, caller, [_portal_page(caller, dataset, count)])
                    for count, dataset in zip(CLIENTS, others, strict=True)
                }
                found["clients"][name] = compare(asks, options.rounds)
            found["statements"][name] = asyncio.run(statements(others[-1]))
    return found


def partners(options: Options) -> Found:
    """The portal page of partners with few clients, among more and more of them."""
    found: Found = {"partners": {}}
    for dialect, name in DIALECTS.items():
        with databases(dialect) as place, ExitStack() as stack:
            datasets = {count: asyncio.run(_partners(place, count)) for count in PARTNERS}
            servers = {
                count: stack.enter_context(_serving(asked[0])) for count, asked in datasets.items()
            }
            asks = {}
            for count, asked in datasets.items():
                caller = Caller(servers[count])
                requests = [_portal_page(caller, dataset, FEW) for dataset in asked]
                asks[count] = partial(milliseconds, caller, requests)
            found["partners"][name] = compare(asks, options.rounds)
    return found


async def _partners(place: Place, count: int) -> list[Dataset]:
    """A database of so many partners, and some from all over it, to be asked for in turn."""
    asked = range(1, count + 1, count // TURN)
    return await filled(place, f"of_{count}", count, few_clients(count), asked)


def _portal_page(caller: Caller, dataset: Dataset, clients: int) -> bytes:
    """The request for a partner's portal page, which shows up to 50 of its clients."""
    request = page_calls(dataset)["ours"].request()
    shown = json.loads(caller.ask(request))["data"]["viewer"]["partner"]["clients"]["nodes"]
    if len(shown) != min(clients, 50):
        raise RuntimeError(f"{len(shown)} clients of {clients}")
    return request


def _page_at(dataset: Dataset, depth: int) -> bytes:
    """The request for the page behind the first `depth` clients."""
    variables = {"first": 50, "after": _cursor(depth) if depth else None}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {dataset.key}"}
    body = json.dumps({"query": LIST, "variables": variables}).encode()
    return Call("ours", "/graphql", headers=headers, body=body).request()


def _cursor(rank: int) -> str:
    """The cursor of the client at a place of the list, as the API gives it."""
    orders = Paging({"NAME": Order("t.name_key", "text")}, "NAME")
    id = row_id(CLIENT, rank_to_number(rank))
    return encode_cursor(page_request({}, orders), client_name(rank).lower(), id)


def _check_page(body: bytes, depth: int) -> None:
    names = [c["name"] for c in json.loads(body)["data"]["viewer"]["partner"]["clients"]["nodes"]]
    if names != [client_name(rank) for rank in range(depth + 1, depth + 51)]:
        raise RuntimeError(f"not the page at depth {depth}: {names}")


async def statements(dataset: Dataset) -> Points:
    """How many statements a page of each size takes, without those that find out who asks."""
    database = Database(dataset.url)
    await database.open()
    try:
        schema, points = api_schema(Settings(cost_budget=0)), []
        runtime = Runtime(Settings(), database, SystemClock(), build_catalogue(schema))
        actor = Actor(Role.PARTNER_ADMIN, row_id(ADVISOR, FEW), dataset.partner_id)
        for size in PAGE_SIZES:
            with recorded_sql.statements() as sent:
                context = Context(runtime, actor, "benchmark")
                result = await schema.execute(LIST, {"first": size}, context)
            data = result.data or {}
            if len(data["viewer"]["partner"]["clients"]["nodes"]) != size:
                raise RuntimeError(f"not a page of {size}: {result}")
            points.append((size, float(len(sent))))
        return points
    finally:
        await database.close()
