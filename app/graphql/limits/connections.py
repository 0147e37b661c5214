"""Limits on the simultaneous long connections and subscriptions of an actor or an address."""

from collections.abc import Callable, Hashable
from ipaddress import IPv6Address
from typing import Any

from starlette.types import Scope

from app.auth.actor import Actor
from app.domain.identity import Role
from app.settings import Settings
from resolvers.error_mapping import Code


class TooMany(Exception):
    """A limit was reached: the error code, and a message."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class Counted:
    """Counts for each holder, up to a limit. A limit of 0 means no limit. A holder of None is not
    counted.
    """

    def __init__(self, limit: int, code: Code, message: str) -> None:
        self._limit = limit
        self._code, self._message = code, message
        self._taken: dict[Hashable, int] = {}

    def take(self, holder: Hashable) -> None:
        """Take one. Raises TooMany."""
        if holder is None or not self._limit:
            return
        taken = self._taken.get(holder, 0)
        if taken >= self._limit:
            raise TooMany(self._code, self._message.format(self._limit))
        self._taken[holder] = taken + 1

    def give_back(self, holder: Hashable) -> None:
        """Release one that was taken."""
        if holder is None or not self._limit:
            return
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]


class Places:
    """The connection limits of a process, from the settings."""

    def __init__(self, settings: Settings) -> None:
        self.of_addresses = Counted(
            settings.max_sockets_per_address,
            Code.TOO_MANY_CONNECTIONS,
            "Your address already has {} long connections. Close some first.",
        )
        self.of_actors = Counted(
            settings.max_sockets_per_actor,
            Code.TOO_MANY_CONNECTIONS,
            "You already have {} long connections. Close some first.",
        )
        self.subscriptions = Counted(
            settings.max_subscriptions_per_actor,
            Code.TOO_MANY_SUBSCRIPTIONS,
            "You already have {} running operations. Complete some first.",
        )

    def take_stream(self, address: str | None, actor: Actor) -> Callable[[], None]:
        """Count an event stream. Return a function that releases it. Raises TooMany."""
        holder = holder_of(actor)
        taken: list[tuple[Counted, Any]] = []

        def give_back() -> None:
            while taken:
                counted, by = taken.pop()
                counted.give_back(by)

        for counted, by in (
            (self.of_addresses, address),
            (self.of_actors, holder),
            (self.subscriptions, holder),
        ):
            try:
                counted.take(by)
            except TooMany:
                give_back()
                raise
            taken.append((counted, by))
        return give_back


def holder_of(actor: Actor) -> str | None:
    """Return the holder that an actor counts as: its person or its key; None for the public."""
    return None if actor.role is Role.PUBLIC else actor.key


def address_of(scope: Scope) -> str | None:
    """Return the client address of a request, as limits count it; None for a local socket."""
    client = scope.get("client")
    return counted_address(client[0]) if client else None


def counted_address(host: str) -> str:
    """Return the form of an address that limits count.

    For IPv6 this is the /64 network, since a client with one address there has all of them. An
    IPv4-mapped IPv6 address counts as its IPv4 address.
    """
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
