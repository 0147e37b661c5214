"""One attempt: a request to an endpoint, and what came of it."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpcore2

from app.domain.webhook_addresses import Networks
from app.events.webhooks.transport import CheckedNetwork, LookUp, NotReachable, look_up

GONE = 410
# So much of an answer's body is read and thrown away: most senders are not cut off in the middle.
_ANSWER_BYTES = 4096
HEADERS = {
    "content-type": "application/json",
    "user-agent": "Partnergraph-Webhooks",
    "accept": "*/*",
}
NOT_REACHABLE = "The host was not found, or is not one that webhooks are sent to."
# The part of an attempt's time in which the host has to be found.
_FINDING = 1 / 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt came to: the answer's status if there was one, `error` if it failed.

    `asked` is for how many seconds the receiver wants to be left alone.
    """

    status_code: int | None
    error: str | None
    milliseconds: int
    asked: float | None = None


class Sender:
    """Sends requests, each over a connection of its own: no redirects, cookies or proxies."""

    def __init__(
        self,
        seconds: float,
        networks: Networks = (),
        look_up: LookUp = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`seconds` is for a whole attempt; `networks` may be reached although they are private."""
        self._seconds = seconds
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=CheckedNetwork(networks, look_up, seconds * _FINDING),
        )

    async def send(
        self, url: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Attempt:
        """Post a body at a moment of real time. A failure is told in the attempt, never raised."""
        began = time.monotonic()
        status: int | None = None
        asked: float | None = None
        error: str | None = None
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._pool.stream(
                    "POST", url, headers=list({**HEADERS, **headers}.items()), content=body
                ) as response,
            ):
                status, asked = response.status, _asked(response.headers, now)
                await _pass_over(response)
        except Exception as failure:
            # What counts is the status: a body that does not end changes nothing.
            error = _words(failure, self._seconds)
        if status is not None:
            error = None if 200 <= status < 300 else f"The receiver answered {status}."
        return Attempt(status, error, int((time.monotonic() - began) * 1000), asked)

    async def close(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


async def _pass_over(response: httpcore2.Response) -> None:
    read = 0
    async for part in response.aiter_stream():
        read += len(part)
        if read >= _ANSWER_BYTES:
            return


def _words(failure: Exception, seconds: float) -> str:
    """Why there was no answer. Raises what is not a failure of the network: a bug."""
    match failure:
        case TimeoutError() | httpcore2.TimeoutException():
            return f"No answer within {seconds:g} seconds."
        case NotReachable():
            return NOT_REACHABLE
        case httpcore2.ConnectError(args=[ssl.SSLError()]):
            return "The TLS connection failed: check the host's certificate."
        case httpcore2.ConnectError() | OSError():
            return "The connection could not be made."
        case httpcore2.NetworkError() | httpcore2.ProtocolError():
            return "The connection ended without an answer to HTTP/1.1."
    raise failure


def _asked(headers: list[tuple[bytes, bytes]], now: datetime) -> float | None:
    """The seconds of a Retry-After header, which has a number or a date; None for any other."""
    value = {name.lower(): value for name, value in headers}.get(b"retry-after", b"")
    text = value.decode("ascii", "replace").strip()
    if text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return max((until - now).total_seconds(), 0.0)
