"""News of numbered events: told by one process, heard by others, sometimes twice or not at all."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.bus import Bus
from app.events.notifications import LONGEST_TEXT, News

ACME, RIVAL = UUID(int=1), UUID(int=2)

partners = st.none() | st.frozensets(st.none() | st.uuids(), min_size=1, max_size=20)
sequences = st.integers(0, 2**63 - 1)


@given(behind=sequences, newest=sequences, partner_ids=partners)
def test_what_is_told_is_heard(
    behind: int, newest: int, partner_ids: frozenset[UUID | None] | None
) -> None:
    news = News(behind, newest, partner_ids)
    assert News.from_text(news.to_text()) == news


def test_of_too_many_partners_for_a_notification_it_is_anybodys() -> None:
    many = News(0, 2**63 - 1, frozenset(UUID(int=n) for n in range(500)))
    text = many.to_text()
    assert len(text) <= LONGEST_TEXT
    assert News.from_text(text) == News(0, 2**63 - 1, None)


def test_rows_numbered_together_are_one_news() -> None:
    rows = [
        {"sequence": 8, "partner_id": str(ACME)},
        {"sequence": 7, "partner_id": None},
        {"sequence": 9, "partner_id": ACME},
    ]
    assert News.of(rows) == News(6, 9, frozenset({ACME, None}))


# What was told before, what is heard, and whether Acme's, its rival's and the vendor's bells ring.
HEARD = {
    "the first of all": (None, News(4, 5, frozenset({ACME})), (True, False, True)),
    "what comes next": (4, News(4, 5, frozenset({ACME})), (True, False, True)),
    "of no partner": (4, News(4, 5, frozenset({None})), (False, False, True)),
    "of too many": (4, News(4, 5, None), (True, True, True)),
    "twice": (5, News(4, 5, frozenset({ACME})), (False, False, False)),
    "late": (9, News(4, 5, frozenset({ACME})), (False, False, False)),
    "something before it was lost": (3, News(4, 5, frozenset({ACME})), (True, True, True)),
    "part of it was found by looking": (5, News(4, 7, frozenset({ACME})), (True, True, True)),
}


@pytest.mark.parametrize(("told", "news", "rung"), HEARD.values(), ids=HEARD)
def test_news_ring_for_whom_they_concern(
    told: int | None, news: News, rung: tuple[bool, bool, bool]
) -> None:
    bus = Bus()
    if told is not None:
        bus.tell(News(told - 1, told, None))
    bells = [bus.subscribe(each) for each in (ACME, RIVAL, None)]

    bus.hear(news)

    assert tuple(bell.rung for bell in bells) == rung
    assert bus.told == max(told or 0, news.newest)
