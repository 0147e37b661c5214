"""One attempt: to real receivers, and to those who would have us call somewhere else."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address, ip_network

import pytest

from app.domain.webhook_addresses import IPAddress
from app.events.webhooks.sending import NOT_REACHABLE, Attempt, Sender
from app.events.webhooks.transport import look_up
from tests.receivers import LOOPBACK, receiving, tls, to_loopback, trusting

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def send(url: str, sender: Sender | None = None) -> Attempt:
    sender = sender or Sender(5, LOOPBACK, to_loopback, trusting())
    attempt = await sender.send(url, {"webhook-id": "event_1"}, b"{}", NOW)
    await sender.close()
    return attempt


async def test_it_posts_once_over_a_connection_of_its_own() -> None:
    async with receiving() as receiver:
        sender = Sender(5, LOOPBACK, to_loopback, trusting())
        for _ in range(2):
            attempt = await sender.send(receiver.url("/a?b=c"), {"webhook-id": "1"}, b"{}", NOW)
            assert (attempt.status_code, attempt.error) == (200, None)
        assert receiver.connections == 2
    first = receiver.received[0]
    assert (first.path, first.body) == ("/a?b=c", b"{}")
    assert first.headers["host"] == f"receiver.example:{receiver.port}"
    assert {"cookie", "authorization", "proxy-authorization"}.isdisjoint(first.headers)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with receiving() as receiver:
        assert (await send(receiver.url())).error is None


async def test_a_name_that_leads_inside_is_not_called() -> None:
    async with receiving() as receiver:
        # By the machine's own resolver, and with nothing allowed.
        sender = Sender(1, (), look_up, trusting())
        attempt = await send(receiver.url(host="localhost"), sender)
        assert (attempt.status_code, attempt.error) == (None, NOT_REACHABLE)
        assert receiver.connections == 0
        allowed = Sender(5, (*LOOPBACK, *_OWN_V6), look_up, trusting())
        assert (await send(receiver.url(host="localhost"), allowed)).error is None


_OWN_V6 = (ip_network("::1/128"),)


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def mixed(host: str, port: int) -> Sequence[IPAddress]:
        return [ip_address("93.184.216.34"), ip_address("127.0.0.1")]

    attempt = await send("https://mixed.example/", Sender(1, (), mixed, trusting()))
    assert attempt.error == NOT_REACHABLE


async def test_a_name_cannot_move_between_check_and_connection() -> None:
    """DNS rebinding: the first answer may be called, any further one would lead elsewhere."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[IPAddress]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    async with receiving() as receiver:
        attempt = await send(receiver.url(), Sender(5, LOOPBACK, rebinding, trusting()))
        assert attempt.error is None
    # Asked once: what was checked is what was connected to.
    assert asked == ["receiver.example"]


async def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    async def two(host: str, port: int) -> Sequence[IPAddress]:
        return [ip_address("127.0.0.9"), ip_address("127.0.0.1")]

    async with receiving() as receiver:
        assert (await send(receiver.url(), Sender(5, LOOPBACK, two, trusting()))).error is None


async def test_why_there_was_no_answer_is_told_without_addresses() -> None:
    async with receiving() as receiver:
        closed = receiver.url()
    assert (await send(closed)).error == "The connection could not be made."
    untrusting = Sender(5, LOOPBACK, to_loopback)
    async with receiving() as receiver:
        attempt = await send(receiver.url(), untrusting)
    assert attempt.error == "The TLS connection failed: check the host's certificate."


async def test_nobody_learns_which_names_there_are_inside() -> None:
    """A name inside, and one that is not: the same words, after the same time."""
    silent = asyncio.Event()

    async def looking(host: str, port: int) -> Sequence[IPAddress]:
        match host:
            case "inside.example":
                return [ip_address("10.0.0.1")]
            case "unknown.example":
                raise OSError("Name or service not known")
            case "empty.example":
                return []
        await silent.wait()
        raise AssertionError

    sender = Sender(1, (), looking, trusting())
    hosts = ("inside", "unknown", "empty", "silent")
    attempts = await asyncio.gather(
        *(sender.send(f"https://{host}.example/", {}, b"{}", NOW) for host in hosts)
    )
    assert {(each.status_code, each.error) for each in attempts} == {(None, NOT_REACHABLE)}
    # None is over before the time that there is for finding a host.
    assert [each.milliseconds for each in attempts if each.milliseconds < 1000 // 3] == []


async def test_what_is_not_http_is_a_failure() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    attempt = await send(f"https://receiver.example:{port}/")
    server.close()
    assert attempt.error == "The TLS connection failed: check the host's certificate."
    async with receiving(lambda _: "no HTTP") as receiver:
        attempt = await send(receiver.url())
    assert attempt.status_code is None or attempt.error


async def test_a_silent_name_server_holds_up_its_own_attempt_alone() -> None:
    silent = threading.Event()

    async def hanging(host: str, port: int) -> Sequence[IPAddress]:
        if host == "slow.example":
            await asyncio.to_thread(silent.wait, 10)
        return await to_loopback(host, port)

    sender = Sender(1, LOOPBACK, hanging, trusting())
    async with receiving() as receiver:
        slow, fine = await asyncio.gather(
            sender.send(receiver.url(host="slow.example"), {}, b"{}", NOW),
            sender.send(receiver.url(), {}, b"{}", NOW),
        )
    silent.set()
    assert fine.error is None
    assert slow.error == NOT_REACHABLE


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("120", 120),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        *((text, None) for text in ("", "soon", "-5", "1e9", "Mon, 99 Foo")),
        ("9" * 400, 999_999_999),
    ],
)
async def test_retry_after_is_read(header: str, asked: float | None) -> None:
    async with receiving(lambda _: f"503 No\r\nretry-after: {header}") as receiver:
        attempt = await send(receiver.url())
    assert (attempt.status_code, attempt.asked) == (503, asked)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()
        except OSError:
            cut.set()
        finally:
            writer.close()

    cut = asyncio.Event()
    server = await asyncio.start_server(endless, "127.0.0.1", 0, ssl=tls().server)
    port = server.sockets[0].getsockname()[1]
    attempt = await send(f"https://receiver.example:{port}/")
    async with asyncio.timeout(10):
        await cut.wait()
    server.close()
    assert (attempt.status_code, attempt.error) == (200, None)
