"""Reading a program's policy."""

from app.domain.programs.location import Place, members, read
from app.domain.programs.model import CertificationPolicy, EntryDeadline, Policy, Retention
from app.domain.programs.problems import ProblemKind
from app.domain.programs.readers import choice, whole
from app.domain.programs.times import month_day, span
from app.domain.programs.vocabulary import DeadlineAction, Demotion, Promotion, RetentionKind

MAX_DAYS = 3650

RETENTION_KEYS = {
    RetentionKind.LIVE: ["kind"],
    RetentionKind.PERIOD_HOLD: ["kind", "period"],
    RetentionKind.GRACE: ["kind", "days", "noticeDays"],
}


def read_policy(place: Place) -> Policy | None:
    """Read a policy; None after noting problems."""
    keys = members(
        place,
        ["promotion", "retention", "demotion", "evaluateEvery"],
        ["entryDeadline", "certification", "programYearStart"],
    )
    promotion = read(keys.get("promotion"), choice(Promotion))
    retention = read(keys.get("retention"), _retention)
    demotion = read(keys.get("demotion"), choice(Demotion))
    every = read(keys.get("evaluateEvery"), span)
    deadline = read(keys.get("entryDeadline"), _entry_deadline)
    certification = read(keys.get("certification"), _certification)
    year_start = read(keys.get("programYearStart"), month_day)
    if promotion is None or retention is None or demotion is None or every is None:
        return None
    return Policy(promotion, retention, demotion, every, deadline, certification, year_start)


def _retention(place: Place) -> Retention | None:
    keys = members(place, ["kind"], ["period", "days", "noticeDays"])
    kind = read(keys.get("kind"), choice(RetentionKind))
    if kind is None:
        return None
    wanted = RETENTION_KEYS[kind]
    for key in wanted:
        if key not in keys:
            place.missing(key, f"{kind} needs the key `{key}`.")
    for key in keys.keys() - wanted:
        keys[key].wrong(ProblemKind.NOT_APPLICABLE, f"{kind} has no {key}.", "Remove it.")
    days = read(keys.get("days"), whole(1, MAX_DAYS))
    return Retention(
        kind,
        read(keys.get("period"), span),
        days,
        # Notice is given within the grace, not before it began.
        read(keys.get("noticeDays"), whole(0, days or MAX_DAYS)),
    )


def _entry_deadline(place: Place) -> EntryDeadline | None:
    keys = members(place, ["days", "action"])
    days = read(keys.get("days"), whole(1, MAX_DAYS))
    action = read(keys.get("action"), choice(DeadlineAction))
    return None if days is None or action is None else EntryDeadline(days, action)


def _certification(place: Place) -> CertificationPolicy | None:
    keys = members(place, ["validity"], ["recertifyEvery"])
    validity = read(keys.get("validity"), span)
    every = read(keys.get("recertifyEvery"), span)
    return None if validity is None else CertificationPolicy(validity, every)
