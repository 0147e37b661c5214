"""Names of people and companies, drawn from the word lists."""

from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from app.domain.text import slugify

# Letters without a decomposition: they would be lost in a domain.
_LATIN = str.maketrans({"ø": "o", "ł": "l", "Ł": "L", "Ø": "O", "œ": "oe", "æ": "ae", "&": " "})


@cache
def data(name: str) -> Any:
    """Return the content of a YAML file of the demo. It is shared: do not change it."""
    return yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_bytes())


def ascii_slug(name: str) -> str:
    """Return a name as part of a domain or address: `grazyna-los` for `Grażyna Łoś`."""
    return slugify(name.translate(_LATIN))


def currency_of(country: str) -> str:
    """Return the ISO 4217 currency in which partners of a country are billed."""
    code: str = data("word_lists")["countries"][country]["currency"]
    return code


def person(random: Random, country: str) -> str:
    """Return a full name that is usual in a country."""
    people = _people(random, country)
    return f"{random.choice(people['given'])} {random.choice(people['family'])}"


def company(random: Random, country: str) -> str:
    """Return the name of a client: a family firm, an invented name or a public body."""
    words = data("word_lists")
    draw = random.random()
    if draw < 0.1:
        return f"{random.choice(words['towns'])} {random.choice(words['institutions'])}"
    trade = random.choice(words["trades"])
    if draw < 0.45:
        return f"{_invented_name(random)} {trade}"
    family = random.choice(_people(random, country)["family"])
    if draw < 0.75:
        return f"{family} {trade}"
    other = random.choice(_people(random, country)["family"])
    return f"{family} {trade}" if other == family else f"{family} & {other} {trade}"


def partner_company(random: Random, country: str, type: str) -> str:
    """Return the name of a partner of a type."""
    ends = data("word_lists")["practices"][type]
    lead = (
        _invented_name(random)
        if random.random() < 0.5
        else random.choice(_people(random, country)["family"])
    )
    return f"{lead} {random.choice(ends)}"


def industry(random: Random) -> str:
    """Return an audience for content: a trade or a kind of institution."""
    words = data("word_lists")
    return str(random.choice(random.choice((words["trades"], words["institutions"]))))


def email(name: str, domain: str, taken: set[str]) -> str:
    """Return a new e-mail address for a person, and add it to `taken`."""
    first, _, last = name.partition(" ")
    start = f"{ascii_slug(first)}.{ascii_slug(last)}"
    number, address = 1, f"{start}@{domain}"
    while address in taken:
        number += 1
        address = f"{start}{number}@{domain}"
    taken.add(address)
    return address


def _people(random: Random, country: str) -> dict[str, list[str]]:
    words = data("word_lists")
    people: dict[str, list[str]] = words["peoples"][
        random.choice(words["countries"][country]["peoples"])
    ]
    return people


def _invented_name(random: Random) -> str:
    coined = data("word_lists")["coined"]
    return f"{random.choice(coined['starts'])}{random.choice(coined['ends'])}"
