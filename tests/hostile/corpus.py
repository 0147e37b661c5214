"""All cases of hostile input: the tables first, then as many changed ones as are wanted."""

import json
import random
import urllib.request
from collections.abc import Iterator
from itertools import islice

from tests.hostile import requests, sockets
from tests.hostile.requests import Known, Request
from tests.hostile.sockets import Conversation

SEED = "partnergraph"
# Of the changed ones.
HTTP_SHARE = 0.8
# They would move the time of the service, or shut out whoever attacks.
TOO_STRONG = ("AdvanceClock",)


def known_of(url: str) -> Known:
    """What a demo tells everybody: its operations with variables, and the keys of its actors."""
    with urllib.request.urlopen(f"{url}/explorer/config.json") as response:
        config = json.load(response)
    operations = tuple(
        (each["document"], json.loads(each["variables"] or "{}"))
        for each in config["operations"]
        if not any(name in each["document"] for name in TOO_STRONG)
    )
    return Known(operations, tuple(each["key"] for each in config["actors"]))


def table(known: Known) -> list[Request | Conversation]:
    """The systematic cases."""
    return [*requests.systematic(known), *sockets.systematic(known)]


def changed(known: Known, first: int = 0) -> Iterator[Request | Conversation]:
    """Changed good ones without end: the same for the same number."""
    while True:
        chance = random.Random(f"{SEED}:{first}")
        make = requests.generated if chance.random() < HTTP_SHARE else sockets.generated
        yield make(known, chance)
        first += 1


def cases(known: Known, total: int) -> list[Request | Conversation]:
    """So many cases: a part of the table, evenly, if they are fewer than it has."""
    rows = table(known)
    if total < len(rows):
        wanted = total * 3 // 4
        step = len(rows) / wanted
        rows = [rows[int(number * step)] for number in range(wanted)]
    return [*rows, *islice(changed(known), total - len(rows))]
