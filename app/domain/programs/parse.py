"""Reading a tier program from its file.

The file is one object, in YAML or JSON, with keys spelled as in the API. `?` marks a key that may
be left out; null counts as left out, except for a threshold.

    key: sixclicks                  lower-case letters, digits, hyphens; never changes
    name: 6clicks Partner Program
    description?: text
    partnerTypes?: [RESELLER]       left out: every partner type
    effectiveFrom: 2026-01-31       a date (its midnight in UTC) or a moment with an offset
    policy:
      promotion: IMMEDIATE | AT_EVALUATION | APPROVAL
      retention: {kind: LIVE} | {kind: PERIOD_HOLD, period: SPAN}
                 | {kind: GRACE, days: 30, noticeDays: 14}
      demotion: ONE_STEP | TO_QUALIFIED | NONE
      evaluateEvery: SPAN           {count: 1, unit: DAY | MONTH | QUARTER | HALF_YEAR | YEAR}
      entryDeadline?: {days: 90, action: NOTIFY | SUSPEND}
      certification?: {validity: SPAN, recertifyEvery?: SPAN}
      programYearStart?: "07-01"    needed by PROGRAM_YEAR windows
    gate?: REQUIREMENT              must hold to be placed in any tier
    tiers:                          lowest first
      - key: gold
        name: Gold
        color?: "#D4A017"
        requirement?: REQUIREMENT   left out: open to all that pass the gate
    benefits?:                      in the order in which they are shown
      - key: margin-share
        name: Margin share
        description?: text
        kind: PERCENT_SHARE         its value's keys: see values.py
        condition?: REQUIREMENT     for every tier that does not have its own
        tiers?:                     left out: defined, but given by no tier
          gold: {value: {text: ..., rate: "0.30", ...}, condition?: REQUIREMENT}

A REQUIREMENT is a group or a condition:

    {kind: ALL | ANY | NOT, of: [REQUIREMENT, ...]}      NOT has exactly one
    {kind: AT_LEAST, atLeast: 2, of: [REQUIREMENT, ...]}
    metric: EVENT_COUNT             metrics.py: what goes with which metric
    label: At least one deal registration every month
    filters?: {activity: DEAL_REGISTRATION}
    operator: GTE
    threshold: 1                    thresholds.py; null: unpublished, the vendor decides manually
    window?: {kind: EACH_BUCKET, count: 1, unit: MONTH}   NOW where the metric is a state

Windows are {kind: NOW | LIFETIME | PROGRAM_YEAR}, {kind: CALENDAR, unit}, and
{kind: ROLLING | EACH_BUCKET, count, unit}. Groups have no label: theirs is made of those below.
"""

from collections.abc import Mapping

from app.domain.partners import PartnerType
from app.domain.programs.benefit_reader import read_benefits
from app.domain.programs.location import Place, entries, members, read
from app.domain.programs.model import ProgramDefinition, TierDefinition
from app.domain.programs.policy_reader import read_policy
from app.domain.programs.problems import Problem, ProblemKind, ProgramError
from app.domain.programs.readers import choice, color, key_name, listed, text, unique
from app.domain.programs.requirements import read_requirement
from app.domain.programs.times import moment
from app.domain.programs.vocabulary import WindowKind

MAX_TIERS = 50
program_name = text(200)
tier_name = text(120)
description_text = text(5000)
partner_type_list = listed(choice(PartnerType))


def parse_program(data: object) -> ProgramDefinition:
    """Read the program that `data` (a loaded YAML or JSON file) describes.

    Raises ProgramError with all problems.
    """
    problems: list[Problem] = []
    definition = _program(Place(data, "", problems))
    if problems or definition is None:
        raise ProgramError(problems)
    return definition


def _program(place: Place) -> ProgramDefinition | None:
    keys = members(
        place,
        ["key", "name", "effectiveFrom", "policy", "tiers"],
        ["description", "partnerTypes", "gate", "benefits"],
    )
    key = read(keys.get("key"), key_name)
    name = read(keys.get("name"), program_name)
    description = read(keys.get("description"), description_text) or ""
    partner_types = read(keys.get("partnerTypes"), partner_type_list) or ()
    effective_from = read(keys.get("effectiveFrom"), moment)
    policy = read(keys.get("policy"), read_policy)
    gate = read(keys.get("gate"), read_requirement)
    tiers = read(keys.get("tiers"), _tiers) or ()
    benefits = read(keys.get("benefits"), lambda at: read_benefits(at, _tier_keys(place))) or ()
    if key is None or name is None or effective_from is None or policy is None:
        return None
    definition = ProgramDefinition(
        key, name, description, partner_types, effective_from, policy, gate, tiers, benefits
    )
    _check_program_year(definition, keys["policy"])
    return definition


def _tiers(place: Place) -> tuple[TierDefinition, ...]:
    places = entries(place, MAX_TIERS)
    if isinstance(place.value, list) and not place.value:
        place.wrong(ProblemKind.OUT_OF_RANGE, "There are no tiers.", "Give at least one.")
    unique(places, "key")
    tiers = [_tier(each, rank) for rank, each in enumerate(places, start=1)]
    return tuple(tier for tier in tiers if tier)


def _tier(place: Place, rank: int) -> TierDefinition | None:
    keys = members(place, ["key", "name"], ["color", "requirement"])
    key = read(keys.get("key"), key_name)
    name = read(keys.get("name"), tier_name)
    shade = read(keys.get("color"), color)
    requirement = read(keys.get("requirement"), read_requirement)
    if key is None or name is None:
        return None
    return TierDefinition(key, name, rank, shade, requirement)


def _tier_keys(program: Place) -> list[str]:
    # From the raw file: a tier with another problem can still be referred to.
    tiers = program.value.get("tiers") if isinstance(program.value, Mapping) else None
    listed = tiers if isinstance(tiers, list) else []
    named = [tier.get("key") for tier in listed if isinstance(tier, Mapping)]
    return [key for key in named if isinstance(key, str)]


def _check_program_year(definition: ProgramDefinition, policy: Place) -> None:
    kinds = {c.window.kind for root in definition.requirements() for c in root.conditions()}
    if WindowKind.PROGRAM_YEAR in kinds and definition.policy.program_year_start is None:
        policy.missing("programYearStart", "A PROGRAM_YEAR window needs it.")
