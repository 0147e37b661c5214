"""How many long connections and subscriptions one actor or one address may have at a time."""

from collections.abc import Callable, Hashable
from ipaddress import IPv6Address
from typing import Any

from starlette.types import Scope

from app.auth.actor import Actor
from app.domain.identity import Role
from app.settings import Settings
from resolvers.error_mapping import Code


class TooMany(Exception):
    """A place that was not to be had: its code, and a sentence."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class Counted:
    """What each holder has of one kind, up to a limit; 0 is none. None is no holder."""

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
        """Give back one that was taken."""
        if holder is None or not self._limit:
            return
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]


class Places:
    """The places of a process, in the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.of_addresses = Counted(
            settings.max_sockets_per_address,
            Code.TOO_MANY_CONNECTIONS,
            "Your address has {} long connections already. Close some first.",
        )
        self.of_actors = Counted(
            settings.max_sockets_per_actor,
            Code.TOO_MANY_CONNECTIONS,
            "You have {} long connections already. Close some first.",
        )
        self.subscriptions = Counted(
            settings.max_subscriptions_per_actor,
            Code.TOO_MANY_SUBSCRIPTIONS,
            "You have {} operations under way already. Complete some first.",
        )

    def take_stream(self, address: str | None, actor: Actor) -> Callable[[], None]:
        """Take what an event stream needs; gives what gives it back. Raises TooMany."""
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
    """Whose an actor's places are: the person's, or the key's. All the public is nobody."""
    return None if actor.role is Role.PUBLIC else actor.key


def address_of(scope: Scope) -> str | None:
    """The address that a request comes from, as limits count it; None for a local socket."""
    client = scope.get("client")
    return counted_address(client[0]) if client else None


def counted_address(host: str) -> str:
    """What stands for an address in limits.

    Of IPv6 the network of 64 bits: whoever has one address there has them all. An IPv4 address that
    is written as IPv6 is that of IPv4.
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
