"""URLs that webhooks may be sent to: https, and nothing inside the operator's network."""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import quote, urlsplit, urlunsplit

import idna

MAX_URL = 2000
HTTPS_PORT = 443
# Below are the ports of well-known services: a webhook must not talk to a mail server.
FIRST_FREE_PORT = 1024

IPAddress = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

# Characters that browsers interpret differently or drop.
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
# IPv4 addresses that IPv6 hosts reach through NAT64 (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
# "127.1" and "0x7f000001" are addresses too, to most resolvers.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def normalise_url(given: str, networks: Networks = ()) -> str:
    """Return the URL of an endpoint in normal form: the host in ASCII, always with a path.

    `networks` are allowed although they are private. Raises ValueError with a sentence for the user
    for anything but https to a public host, on port 443 or one from 1024 on, without credentials
    and without a fragment.
    """
    text = given.strip()
    if _UNSAFE.search(text) or "#" in text:
        raise ValueError("Give a URL without spaces, backslashes or a fragment.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("Give a URL such as https://example.com/hooks.") from error
    if parts.scheme != "https" or not host:
        raise ValueError("Give a URL that begins with https:// and has a host.")
    if "@" in parts.netloc:
        raise ValueError("Leave out user and password: the signature identifies the caller.")
    if port not in (None, HTTPS_PORT) and not (port and port >= FIRST_FREE_PORT):
        raise ValueError(f"Use port {HTTPS_PORT}, or one from {FIRST_FREE_PORT} on.")
    place = _host(host, networks) + ("" if port in (None, HTTPS_PORT) else f":{port}")
    # Existing percent-encoding is left unchanged.
    path, query = (quote(part, safe="/%:@!$&'()*+,;=?~-._") for part in (parts.path, parts.query))
    url = urlunsplit(("https", place, path or "/", query, ""))
    if len(url) > MAX_URL:
        raise ValueError(f"Give a URL of {MAX_URL} characters or fewer.")
    return url


def may_reach(address: IPAddress, networks: Networks = ()) -> bool:
    """Return whether a webhook may be sent to an address: a public one, or one in these
    networks.
    """
    reached = _reached(address)
    if any(reached in network for network in networks):
        return True
    return _public(reached)


def _reached(address: IPAddress) -> IPAddress:
    """Return the IPv4 address embedded in an IPv6 address; any other address unchanged."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _public(address: IPAddress) -> bool:
    if isinstance(address, IPv6Address) and (
        # Tunnels lead to other addresses than they show.
        address.sixtofour or address.teredo or address.is_site_local
    ):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def _host(host: str, networks: Networks) -> str:
    # Check the normal form, which is stored: IP addresses have many spellings.
    address = _literal(host) or _literal(name := _domain_name(host))
    if not address:
        if _NUMBER.fullmatch(name.rpartition(".")[2]):
            raise ValueError("Give a domain name, or an IPv4 address of four decimal numbers.")
        return name
    if not may_reach(address, networks):
        raise ValueError("Give a host that can be reached from the internet.")
    return f"[{address}]" if address.version == 6 else str(address)


def _domain_name(host: str) -> str:
    """Return a name in ASCII, without the trailing dot."""
    try:
        return idna.encode(host, uts46=True).decode().removesuffix(".")
    except idna.IDNAError as error:
        raise ValueError(f"{host[:80]!r} is not a domain name: {error}.") from error


def _literal(host: str) -> IPAddress | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(address, IPv6Address) and address.scope_id else address
