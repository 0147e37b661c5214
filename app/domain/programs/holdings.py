"""What a partner holds at a time: certifications, attestations, capabilities, set values."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from app.domain.programs.facts import Holding
from app.domain.programs.model import CertificationPolicy
from app.domain.programs.periods import Calendar, shift
from app.domain.programs.vocabulary import ActivityKind


def holding_end(
    holding: Holding, calendar: Calendar, policy: CertificationPolicy | None
) -> datetime | None:
    """Return when a holding stops counting (exclusive); None if it never does.

    A certification is valid until its own expiry date, or else for the program's validity period,
    and never longer than the program's recertification interval (S3). All end at midnight.
    """
    if holding.kind is not ActivityKind.CERTIFICATION or policy is None:
        return holding.until
    day = calendar.day(holding.since)
    ends = [holding.until or calendar.midnight(shift(day, policy.validity))]
    if policy.recertify_every:
        ends.append(calendar.midnight(shift(day, policy.recertify_every)))
    return min(ends)


def current(
    holdings: Iterable[Holding],
    kind: ActivityKind,
    moment: datetime,
    calendar: Calendar,
    policy: CertificationPolicy | None,
) -> list[Holding]:
    """Return the holdings of a kind that are valid at a time."""
    found = []
    for holding in holdings:
        if holding.kind is kind and holding.since <= moment:
            end = holding_end(holding, calendar, policy)
            if end is None or moment < end:
                found.append(holding)
    return found


def people(
    held: Iterable[Holding], every: Sequence[str], any_of: Collection[str]
) -> tuple[frozenset[str], list[int]]:
    """Return the distinct people who hold all of `every` and one of `any_of`, and the records."""
    by_person: dict[str, set[str]] = {}
    for holding in held:
        if holding.person is not None:
            by_person.setdefault(holding.person, set()).add(holding.code)
    counted = frozenset(
        person
        for person, codes in by_person.items()
        if codes.issuperset(every) and (not any_of or not codes.isdisjoint(any_of))
    )
    wanted = {*every, *any_of}
    return counted, [h.position for h in held if h.person in counted and h.code in wanted]


def newest(held: Iterable[Holding], code: str) -> Holding | None:
    """Return the value that was set last: by the time it took effect, then by when it was
    recorded.
    """
    found = [holding for holding in held if holding.code == code]
    return max(found, key=lambda h: (h.since, h.position), default=None)


def ends(
    holdings: Iterable[Holding],
    moment: datetime,
    calendar: Calendar,
    policy: CertificationPolicy | None,
) -> list[datetime]:
    """Return when the holdings valid at a time end, the next one first."""
    found = {holding_end(h, calendar, policy) for h in holdings if h.since <= moment}
    return sorted(end for end in found if end is not None and end > moment)


def outlasting(
    holdings: Iterable[Holding],
    moment: datetime,
    calendar: Calendar,
    policy: CertificationPolicy | None,
) -> list[Holding]:
    """Return the holdings that are still valid at a later time."""
    return [
        h for h in holdings if (end := holding_end(h, calendar, policy)) is None or end > moment
    ]
