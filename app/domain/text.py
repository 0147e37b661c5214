"""Names and website domains in the forms that are compared."""

import re
import unicodedata

import idna

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def sort_key(name: str) -> str:
    """A name as it is searched and ordered: no accents, no case, single spaces.

    The same text on every database, so that pages agree between them.
    """
    folded = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(bare.split())[:200]


def normalise_domain(value: str) -> str:
    """A website domain in its one form: lower case, IDNA, no scheme, `www.`, port or path.

    Raises ValueError with a sentence for the user when it is not a domain name.
    """
    host = _SCHEME.sub("", value.strip())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    host = host.rstrip(".").lower().removeprefix("www.")
    if "." not in host:
        raise ValueError("Give a full domain name such as example.com.")
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"{value.strip()[:80]!r} is not a domain name: {error}.") from error


def slugify(name: str) -> str:
    """A name as it stands in a URL: lower-case ASCII words joined by hyphens."""
    ascii_name = sort_key(name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:80]
