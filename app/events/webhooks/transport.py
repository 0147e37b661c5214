"""The network of webhooks: resolves a name itself, and connects to an address that it has checked.

What is checked is what is connected to: a name that has another address a moment later, as in DNS
rebinding, leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import Any

import httpcore2

from app.domain.webhook_addresses import IPAddress, Networks, may_reach

# For one address; a name may have several, and the next one may answer.
CONNECT_SECONDS = 5.0

LookUp = Callable[[str, int], Awaitable[Sequence[IPAddress]]]


class NotReachable(Exception):
    """A host that webhooks are not sent to, or that was not found.

    Which of them is not told, nor does the time tell: nobody is to explore what names are inside.
    """


async def look_up(host: str, port: int) -> Sequence[IPAddress]:
    """The addresses of a host, the best one first. Raises OSError if it has none.

    In a thread of its own: a name server that keeps silent holds up nobody else's look-up, nor the
    end of the process.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def tell(outcome: Callable[[Any], None], value: Any) -> None:
        if not found.done():
            outcome(value)

    def work() -> None:
        outcome: Callable[[Any], None] = found.set_result
        try:
            value: Any = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            outcome, value = found.set_exception, OSError(str(error))
        # The loop may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, outcome, value)

    Thread(target=work, daemon=True, name="webhook-look-up").start()
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in await found]


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections to public addresses, and to those in `networks`."""

    def __init__(self, networks: Networks, look_up: LookUp, seconds: float) -> None:
        """`seconds` is for finding a host: each one that is not reachable takes just as long."""
        self._networks = networks
        self._look_up = look_up
        self._seconds = seconds
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to an address of the host.

        Raises NotReachable if any of its addresses is one that webhooks are not sent to, or if it
        has none; httpcore2.ConnectError or ConnectTimeout if none of them answers.
        """
        addresses = await self._addresses(host.strip("[]"), port)
        failed: Exception = httpcore2.ConnectError("no address")
        for address in dict.fromkeys(addresses):
            try:
                return await self._network.connect_tcp(
                    str(address), port, CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _addresses(self, host: str, port: int) -> Sequence[IPAddress]:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        with suppress(OSError):  # A TimeoutError is one.
            async with asyncio.timeout_at(until):
                addresses = await self._look_up(host, port)
            if addresses and all(may_reach(each, self._networks) for each in addresses):
                return addresses
        await asyncio.sleep(until - loop.time())
        raise NotReachable(host)
