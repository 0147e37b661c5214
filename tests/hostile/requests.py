"""Hostile HTTP requests: a table of every part of a request by every way to get it wrong, and
requests made by changing good ones."""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.hostile.values import KINDS, TEXTS, leaves, mutated, mutated_bytes, replaced, written


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `whole` says that one answer must come, and the connection stays usable."""

    name: str
    data: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody who attacks may know: operations with variables, keys of some actors."""

    operations: tuple[tuple[str, dict[str, Any]], ...]
    keys: tuple[str | None, ...]


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
           "PROPFIND", "FOO", "get", "G\0T", "é"]  # fmt: skip
ROUTES = ["/", "/graphql", "/graphql/", "/livez", "/readyz", "/metrics", "/explorer/config.json",
          "/explorer/", "/explorer/index.html", "/exports/revenue.csv", "/exports/receivables.csv",
          "/exports/compliance/sixclicks.csv", "/badges/sixclicks/acme.svg",
          "/badges/sixclicks/acme.json", "/.well-known/jwks.json", "/invoices/invoice_1.pdf",
          "/invoices/invoice_1.html", "/files/attachment_1/a.pdf",
          "/content/versions/version_1/attachments", "/nowhere"]  # fmt: skip
TARGETS = ["", "*", "//", "//x//graphql", "/%", "/%00", "/%ff", "/%C3%A9", "/..", "/%2e%2e/%2e%2e",
           "/explorer/%00", "/explorer/..%2f..%2fmain.py", "/explorer//etc/passwd", "http://", "?",
           "http://other.example/graphql", "http://[/graphql", "graphql", "/graphql?query={a}",
           "/graphql#x", "/" + "a" * 8000, "/" + "%41" * 2000, "/é", "/\x01", "/a b", "/\\..\\x",
           "/badges/%00/%00.svg", "/badges/a/b.svg?" + "x=1&" * 500, "/files/%00/%00",
           "/files/attachment_1/%0d%0aX:1", "/invoices/%00.pdf", "/exports/compliance/%00.csv",
           "/exports/revenue.csv?from=9999-99&to=%00", "/exports/revenue.csv?from=0000-00",
           "/exports/revenue.csv?partnerId=%ff",
           "/exports/receivables.csv?asOf=9999-12-31T23:59-99:99",
           "/exports/compliance/sixclicks.csv?asOf=0001-01-01T00:00%2B14:00",
           "/exports/compliance/sixclicks.csv?asOf=9999-12-31T23:59:59-14:00",
           "/files/x/y?expires=99999999999999999999&signature=%00",
           "/files/x/y?expires=-1&signature=" + "A" * 2000,
           "/content/versions/%00/attachments?name=%00",
           "/invoices/x.pdf?signature=x&expires=1e9"]  # fmt: skip
HEADERS: dict[str, list[str]] = {
    "Content-Type": ["", "text/plain", "application/json; charset=utf-16",
                     "application/json;charset",
                     'application/json; charset="utf-8"', "application/json; charset=\xff",
                     "APPLICATION/JSON",
                     "multipart/form-data", "application/x-www-form-urlencoded", "a" * 5000, ";",
                     "/"],
    "Accept": ["", "text/html", "*/*;q=0", "application/json;q=nan", "application/json;q=-1", ",",
               ";;;",
               "text/event-stream", "application/graphql-response+json", "*/*;q=1e999",
               "a," * 2000, "\xff"],
    "Content-Length": ["-1", "+5", "0x10", "", "1e3", "99999999999999999999", " 5", "5, 5", "\xb2",
                       "0"],
    "Transfer-Encoding": ["chunked", "gzip, chunked", "chunked, chunked", "identity", "xchunked",
                          ""],
    "Content-Encoding": ["gzip", "br", "identity, gzip", "\xff", ""],
    "Expect": ["100-continue", "200-ok", ""],
    "Host": ["", "[", "[::1", "a b", "x:99999", "x:y", "\xff", "a" * 5000, "evil.example"],
    "Authorization": ["", "Bearer", "Bearer ", "bearer x", "Basic YTpi", "Bearer pg_",
                      "Bearer pg_x.y",
                      "Bearer pg_" + "0" * 16 + "." + "x" * 43, "Bearer a.b.c",
                      "Bearer e30.e30.e30",
                      "Bearer " + "x" * 9000, "Bearer \xff", "Bearer \t",
                      "Bearer eyJhbGciOiJub25lIn0.e30."],
    "Origin": ["null", "https://evil.example", "http://[", "\xff", ""],
    "X-Request-Id": ["a b", "<script>", "x" * 5000, "\xff", ""],
    "Connection": ["close", "upgrade", "keep-alive, upgrade", "\xff", ""],
    "Upgrade": ["websocket", "h2c", "\xff"],
    "Idempotency-Key": ["", "x" * 5000, "\xff"],
    "Range": ["bytes=0-", "bytes=-0", "bytes=9-1", "bytes=a-b", "bytes=" + "0-1," * 500],
    "If-None-Match": ["*", '"', "W/", "\xff", "a," * 500],
    "Accept-Encoding": ["gzip;q=0", "\xff", "*"],
    "X-Forwarded-For": ["", ",", "\xff", "a" * 3000, "[::1"],
    "Access-Control-Request-Method": ["POST", "\xff"],
    "Cookie": ["a=b", "\xff", "=" * 3000],
    "Bad Name": ["x"], "": ["x"], "\xff": ["x"], "A\tB": ["x"],
}  # fmt: skip
CHUNKS = [b"0\r\n\r\n", b"5\r\nabc", b"z\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n",
          b"2;x=y\r\n{}\r\n0\r\n\r\n",
          b"2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n", b"2\n{}\n0\n\n",
          b"2;" + b"x" * 5000 + b"\r\n{}\r\n0\r\n\r\n",
          b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 500 + b"\r\n"]  # fmt: skip
LINES = [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
         b"GET /\r\n\r\n",
         b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 500,
         b"\xff" * 500,
         b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 3000 + b"\r\n",
         b"GET / HTTP/1.1\r\nA:" + b"b" * 60_000,
         b"GET / HTTP/1.1\r\n A: folded\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
         b"GET / HTTP/1.1\nHost: x\n\n", b"GET  /  HTTP/1.1\r\n\r\n", b"\r\n" * 2000,
         b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 50, b"HTTP/1.1 200 OK\r\n\r\n"]  # fmt: skip


def post(body: bytes, key: str | None = None, path: str = "/graphql", **more: str) -> bytes:
    """A request, with other headers or without some (None)."""
    headers = {"Host": "x", "Content-Type": "application/json", "Content-Length": str(len(body))}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


GOOD = b'{"query": "{ __typename }"}'


def systematic(known: Known) -> Iterator[Request]:
    """Every part of a request by every way to get it wrong."""
    for number, line in enumerate(LINES):
        yield Request(f"line {number}", line, whole=False)
    for method in METHODS:
        for route in ROUTES + (TARGETS if method in ("GET", "POST") else []):
            data = f"{method} {route} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
            yield Request(f"{method} {route[:60]}", data, whole=False)
    for name, values in HEADERS.items():
        for value in values:
            for path in ("/graphql", "/exports/revenue.csv", "/content/versions/x/attachments"):
                headers = {
                    "Host": "x",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(GOOD)),
                }
                text = "".join(f"{n}: {v}\r\n" for n, v in {**headers, name: value}.items())
                data = f"POST {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1") + GOOD
                yield Request(f"{name}: {value[:60]}", data, whole=False)
    for number, chunk in enumerate(CHUNKS):
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        data = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk
        yield Request(f"chunk {number}", data, whole=False)
        both = head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
        yield Request(f"length and chunk {number}", both, whole=False)
    for body in bodies():
        for accept in ("application/json", "application/graphql-response+json"):
            yield Request(f"body {body[:60]!r}", post(body, Accept=accept))
    yield from wrong_variables(known)


def bodies() -> Iterator[bytes]:
    """Bodies that are no JSON, no request, or have a member that is wrong."""
    texts = [written(value) for value in KINDS] + TEXTS
    for text in texts:
        yield text.encode("utf-8", "surrogatepass")
        for member in (
            "query",
            "variables",
            "operationName",
            "extensions",
            "documentId",
            "id",
            "x",
        ):
            yield f'{{"query": "{{ __typename }}", "{member}": {text}}}'.encode(
                "utf-8", "surrogatepass"
            )
        node = '"query($v: ID!) { node(id: $v) { id } }"'
        asked = f'{{"query": {node}, "variables": {{"v": {text}}}}}'
        yield asked.encode("utf-8", "surrogatepass")
        yield f'{{"extensions": {{"persistedQuery": {text}}}}}'.encode("utf-8", "surrogatepass")
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        yield GOOD.decode().encode(encoding)
    yield from (gzip.compress(GOOD), b"", b" " * 16_000, GOOD[:-1], GOOD + GOOD, b"[" + GOOD + b"]")
    yield b'{"query": "{ a }", "query": "{ __typename }"}'
    for character in (
        "\0",
        "\ufeff",
        "\ud800",
        "\u2028",
        "\x7f",
        "#",
        '"',
        '"""',
        "\\",
        "$",
        "@",
        "...",
        "&",
    ):
        text = json.dumps({"query": f"{{ __typename }} {character}"})
        yield text.encode()
    for bomb in (
        "{" * 4000, "{a" * 500 + "}" * 500, "{ __typename" + " @skip(if: false)" * 300 + "}",
        "{" + "".join(f"a{n}: __typename " for n in range(400)) + "}",
        "{ node(id: " + "[" * 800 + "]" * 800 + ") }",
        "query(" + "".join(f"$v{n}: ID " for n in range(300)) + ") { __typename }",
        "query A { ...B } fragment B on Query { ...B }",
        "query A { ...B } fragment B on Query { ...C ...C } "
        "fragment C on Query { ...B }",
        "{" + "..." * 3000 + "}", '{ node(id: "' + "x" * 12_000 + '") { id } }',
        '{ a(b: """' + "\n x" * 3000 + '""") }',
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "{ a(b: " + "1" * 12_000 + ") }", "{ a(b: 1e" + "9" * 5000 + ") }", "#" * 15_000,
        "," * 15_000,
        "fragment A on Query { __typename } " * 400, "query A { __typename } " * 600,
        "subscription { a b }",
        " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(120))
        + " { ...F0 }",
    ):  # fmt: skip
        yield json.dumps({"query": bomb}).encode()


def wrong_variables(known: Known) -> Iterator[Request]:
    """Every variable of every named operation, and every value inside, by every kind of value."""
    for number, (document, variables) in enumerate(known.operations):
        key = known.keys[number % len(known.keys)]
        yield Request(f"operation {number}", post(_asked(document, variables), key))
        for path in leaves(variables):
            for value in KINDS:
                body = _asked(document, replaced(variables, path, value))
                yield Request(f"operation {number} {path} {value!r:.40}", post(body, key))


def generated(known: Known, chance: random.Random) -> Request:
    """A good request in which something was changed."""
    document, variables = chance.choice(known.operations)
    key = chance.choice(known.keys)
    match chance.randrange(5):
        case 0:
            for _ in range(chance.randrange(1, 4)):
                document = mutated(document, chance)
            return Request("document", post(_asked(document, variables), key))
        case 1:
            return Request("document", post(_asked(_recombined(document, chance), variables), key))
        case 2:
            paths = [path for path in leaves(variables) if path] or [()]
            path = chance.choice(paths)
            value: Any = variables
            for step in path:
                value = value[step]
            changed = mutated(value, chance) if isinstance(value, str) else chance.choice(KINDS)
            return Request(
                "variable", post(_asked(document, replaced(variables, path, changed)), key)
            )
        case 3:
            body = mutated_bytes(_asked(document, variables), chance)
            accept = chance.choice(["application/json", "text/event-stream", "*/*"])
            return Request("body", post(body, key, Accept=accept), accept != "text/event-stream")
        case _:
            data = post(_asked(document, variables), key, chance.choice(["/graphql", *ROUTES]))
            return Request("bytes", mutated_bytes(data, chance), whole=False)


def _recombined(document: str, chance: random.Random) -> str:
    words = document.split(" ")
    for _ in range(chance.randrange(1, 5)):
        one, other = chance.randrange(len(words)), chance.randrange(len(words))
        words[one], words[other] = words[other], words[one]
    return " ".join(words)


def _asked(document: str, variables: Any) -> bytes:
    return json.dumps({"query": document, "variables": variables}).encode()
