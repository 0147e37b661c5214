"""Website domains in the normal form in which they are stored and compared."""

import ipaddress
import re
from enum import StrEnum
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList


class DomainProblem(StrEnum):
    """Why a stored domain is not in normal form."""

    DUPLICATE = "DUPLICATE"
    INVALID = "INVALID"


_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")
# The last label of an IPv4 address, in any notation that browsers accept.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def normalise_domain(value: str) -> str:
    """Return a website's domain in normal form: lower-case ASCII (IDNA), without `www.`.

    A URL is fine too: scheme, port and path are cut off. All spellings of a domain by UTS 46, such
    as full-width letters, other full stops and soft hyphens, have the same form.

    Raises ValueError with a sentence for the user if the value is not a domain under which a
    website can be registered: an IP address, an e-mail address, or a public suffix such as `co.uk`.
    """
    host = re.split(r"[/?#\\]", _SCHEME.sub("", value.strip()), maxsplit=1)[0]
    if "@" in host or "\uff20" in host:
        raise ValueError(
            "This is an e-mail address. Give the website's domain, such as example.com."
        )
    if host.startswith("["):
        raise ValueError(_IP_ADDRESS)
    try:
        host = idna.uts46_remap(_PORT.sub("", host), std3_rules=True)
        host = _without_www(host)
        if _is_ip_address(host):
            raise ValueError(_IP_ADDRESS)
        if "." not in host:
            raise ValueError("Give a full domain name such as example.com.")
        domain = idna.encode(host, std3_rules=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"{value.strip()[:80]!r} is not a domain name: {error}.") from error
    if _is_public_suffix(domain):
        raise ValueError(
            f"Anyone can register names under {domain}. Give the website's own domain."
        )
    return domain


_MAILBOX = "This is an e-mail address. Give the website's domain, such as example.com."
_IP_ADDRESS = "This is an IP address. Give the website's domain, such as example.com."


def _without_www(host: str) -> str:
    """Cut final dots and leading `www.` until nothing changes."""
    while True:
        bare = host.rstrip(".")
        rest = bare.removeprefix("www.")
        # www.co.uk is itself a registered name.
        if "." in rest and not _is_public_suffix(rest):
            bare = rest
        if bare == host:
            return host
        host = bare


def _is_ip_address(host: str) -> bool:
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public_suffix(host: str) -> bool:
    return _suffixes().privatesuffix(host) is None


@cache
def _suffixes() -> PublicSuffixList:
    # Only suffixes of registries: github.io and similar are company websites too. Unknown top-level
    # domains such as .example count as suffixes.
    return PublicSuffixList(only_icann=True)
