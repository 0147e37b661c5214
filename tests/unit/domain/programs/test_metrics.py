"""Metrics of what holds at a moment: certifications, attestations, capabilities, set values."""

import pytest

from app.domain.programs.facts import PartnerFacts
from tests.unit.domain.programs.ladders import condition, reading_of, result_of
from tests.unit.domain.programs.ledger import JOINED, at, certified, event, held, reversed_

NOW = "2026-03-15T12:00"
MET, NOT_MET, UNPUBLISHED = "MET", "NOT_MET", "UNPUBLISHED"
BOTH = ["SALES", "TECHNICAL"]
YEARLY = {"validity": {"count": 1, "unit": "YEAR"}}
QUARTERLY = YEARLY | {"recertifyEvery": {"count": 1, "unit": "QUARTER"}}


@pytest.mark.parametrize(
    ("filters", "records", "people"),
    [
        ({"holdsAll": BOTH}, [], "0"),
        ({"holdsAll": BOTH}, certified("ann", *BOTH), "1"),
        ({"holdsAll": BOTH}, certified("ann", "SALES") + certified("bob", "TECHNICAL"), "0"),
        ({"holdsAll": BOTH}, certified("ann", *BOTH, "OTHER") + certified("bob", *BOTH), "2"),
        ({"holdsAny": BOTH}, certified("ann", "SALES") + certified("bob", "TECHNICAL"), "2"),
        ({"holdsAny": BOTH}, certified("ann", *BOTH), "1"),
        ({"holdsAny": BOTH}, certified("ann", "OTHER"), "0"),
        ({"holdsAll": ["BASE"], "holdsAny": BOTH}, certified("ann", "BASE", "SALES"), "1"),
        ({"holdsAll": ["BASE"], "holdsAny": BOTH}, certified("ann", "BASE"), "0"),
        ({"holdsAll": ["BASE"], "holdsAny": BOTH}, certified("ann", *BOTH), "0"),
        # Certified twice is one person; what the organisation holds is nobody's.
        ({"holdsAll": ["SALES"]}, certified("ann", "SALES", "SALES"), "1"),
        ({"holdsAll": ["SALES"]}, [held("CERTIFICATION", "SALES", "2026-01-05")], "0"),
        # Each certification may be of another day.
        (
            {"holdsAll": BOTH},
            certified("ann", "SALES", since="2025-01-05")
            + certified("ann", "TECHNICAL", since="2026-01-05"),
            "1",
        ),
        ({"holdsAll": ["SALES"]}, certified("ann", "SALES", since="2026-03-15T12:01"), "0"),
        ({"holdsAll": ["SALES"]}, certified("ann", "SALES", since=NOW), "1"),
        (
            {"holdsAll": ["SALES"]},
            [c for c in certified("ann", "SALES") for c in (c, reversed_(c))],
            "0",
        ),
    ],
)
def test_distinct_people_by_what_they_hold(filters, records, people):
    wanted = condition("CERTIFIED_PEOPLE", 1, **filters)
    assert reading_of(wanted, NOW, records) == (people, MET if int(people) else NOT_MET)


@pytest.mark.parametrize(
    ("policy", "since", "until", "last", "over"),
    [
        # What it says itself; without a policy it says all.
        (None, "2025-01-05T10:00", "2026-03-01", "2026-02-28T23:59", "2026-03-01"),
        (None, "2025-01-05T10:00", None, "2099-01-01", None),
        # Without an end of its own it lasts as long as the program says, to midnight.
        (YEARLY, "2025-01-05T10:00", None, "2026-01-04T23:59", "2026-01-05"),
        (YEARLY, "2024-02-29T10:00", None, "2025-02-27T23:59", "2025-02-28"),
        (YEARLY, "2025-01-05T10:00", "2027-03-01", "2027-02-28T23:59", "2027-03-01"),
        (YEARLY, "2025-01-05T10:00", "2025-02-01", "2025-01-31T23:59", "2025-02-01"),
        # Nobody goes longer than that without certifying again (S3).
        (QUARTERLY, "2025-01-05T10:00", None, "2025-04-04T23:59", "2025-04-05"),
        (QUARTERLY, "2025-01-05T10:00", "2027-03-01", "2025-04-04T23:59", "2025-04-05"),
        (QUARTERLY, "2025-01-05T10:00", "2025-02-01", "2025-01-31T23:59", "2025-02-01"),
        (QUARTERLY, "2025-11-30T10:00", None, "2026-02-27T23:59", "2026-02-28"),
    ],
)
def test_a_certification_counts_until_midnight(policy, since, until, last, over):
    wanted = condition("CERTIFIED_PEOPLE", 1, holdsAny=["SALES"])
    records = certified("ann", "SALES", since=since, until=until)
    policy = {"certification": policy} if policy else {}
    assert reading_of(wanted, last, records, policy=policy) == ("1", MET)
    if over:
        assert reading_of(wanted, over, records, policy=policy) == ("0", NOT_MET)


def test_midnight_is_where_the_vendor_is():
    wanted = condition("CERTIFIED_PEOPLE", 1, holdsAny=["SALES"])
    records = certified("ann", "SALES", since="2025-01-05T23:00")
    how = {"policy": {"certification": YEARLY}, "zone": "Pacific/Auckland"}
    # The sixth of January begins in Auckland at eleven in the morning of the fifth.
    assert reading_of(wanted, "2026-01-05T10:59", records, **how) == ("1", MET)
    assert reading_of(wanted, "2026-01-05T11:00", records, **how) == ("0", NOT_MET)


def test_certifying_again_goes_on():
    wanted = condition("CERTIFIED_PEOPLE", 1, holdsAny=["SALES"])
    records = [
        *certified("ann", "SALES", since="2025-01-05"),
        *certified("ann", "SALES", since="2025-04-01"),
    ]
    policy = {"certification": QUARTERLY}
    assert reading_of(wanted, "2025-04-05", records, policy=policy) == ("1", MET)
    assert reading_of(wanted, "2025-07-01", records, policy=policy) == ("0", NOT_MET)


@pytest.mark.parametrize(
    ("metric", "kind", "key"),
    [
        ("ORGANISATION_CERTIFICATION", "CERTIFICATION", "certification"),
        ("ATTESTATION", "ATTESTATION", "attestation"),
    ],
)
@pytest.mark.parametrize(
    ("code", "since", "until", "more", "flag"),
    [
        ("PAGE", "2026-01-05", None, {}, "true"),
        ("PAGE", "2026-01-05", "2026-03-15T12:01", {}, "true"),
        ("PAGE", "2026-01-05", "2026-03-15T12:00", {}, "false"),
        ("PAGE", "2026-03-15T12:00", None, {}, "true"),
        ("PAGE", "2026-03-15T12:01", None, {}, "false"),
        ("OTHER", "2026-01-05", None, {}, "false"),
        ("PAGE", "2026-01-05", None, {"person": "ann"}, "false"),
    ],
)
def test_what_the_organisation_holds(metric, kind, key, code, since, until, more, flag):
    wanted = condition(metric, **{key: "PAGE"})
    records = [held(kind, code, since, until, **more)]
    assert reading_of(wanted, NOW, records) == (flag, MET if flag == "true" else NOT_MET)
    amount_to_reverse = [*records, reversed_(records[0])]
    assert reading_of(wanted, NOW, amount_to_reverse) == ("false", NOT_MET)


@pytest.mark.parametrize(
    ("operator", "threshold", "partner_type", "met"),
    [
        ("EQ", "VAR", "VAR", MET),
        ("EQ", "VAR", "MSP", NOT_MET),
        ("IN", ["VAR", "MSP"], "MSP", MET),
        ("IN", ["VAR", "MSP"], "AGENCY", NOT_MET),
        ("EQ", None, "VAR", UNPUBLISHED),
    ],
)
def test_the_type_of_a_partner(operator, threshold, partner_type, met):
    wanted = condition("ATTRIBUTE", threshold, operator, attribute="PARTNER_TYPE")
    partner = PartnerFacts(partner_type, "USD", JOINED)
    assert reading_of(wanted, NOW, partner=partner) == (partner_type, met)


@pytest.mark.parametrize(
    ("told", "region", "met"),
    [
        ([], None, NOT_MET),
        ([("2026-01-05", "EMEA")], "EMEA", MET),
        ([("2026-01-05", "EMEA"), ("2026-02-05", "APAC")], "APAC", NOT_MET),
        # The later moment counts, whatever was told last; at one moment, what was told last.
        ([("2026-02-05", "EMEA"), ("2026-01-05", "APAC")], "EMEA", MET),
        ([("2026-02-05", "APAC"), ("2026-02-05", "EMEA")], "EMEA", MET),
        ([("2026-03-16", "EMEA")], None, NOT_MET),
    ],
)
def test_the_newest_value_of_an_attribute_counts(told, region, met):
    wanted = condition("ATTRIBUTE", ["EMEA"], "IN", attribute="REGION")
    records = [held("ATTRIBUTE", "REGION", since, value=value) for since, value in told]
    assert reading_of(wanted, NOW, records) == (region, met)


@pytest.mark.parametrize(
    ("held_", "threshold", "met", "remaining"),
    [
        ([], ["LEADS"], NOT_MET, ["LEADS"]),
        (["LEADS"], ["LEADS"], MET, []),
        (["LEADS", "IMPLEMENTS"], ["LEADS"], MET, []),
        (["CLOSES_DEALS"], ["CLOSES_DEALS", "AFTER_SALES"], NOT_MET, ["AFTER_SALES"]),
        (["CLOSES_DEALS", "AFTER_SALES"], ["CLOSES_DEALS", "AFTER_SALES"], MET, []),
    ],
)
def test_capabilities(held_, threshold, met, remaining):
    wanted = condition("CAPABILITIES", threshold, "CONTAINS_ALL")
    found = result_of(wanted, NOW, [held("CAPABILITY", code, "2026-01-05") for code in held_])
    assert found["met"] == met
    assert found["value"]["codes"] == sorted(held_)
    assert found["remaining"]["codes"] == remaining


@pytest.mark.parametrize(
    ("unit", "joined", "units"),
    [
        ("DAY", "2026-03-14T23:59", "1"),
        ("DAY", NOW, "0"),
        ("MONTH", "2026-02-15T23:59", "1"),
        ("MONTH", "2026-02-16T00:00", "0"),
        ("QUARTER", "2025-09-15", "2"),
        ("HALF_YEAR", "2025-09-16", "0"),
        ("YEAR", "2024-03-15", "2"),
        ("YEAR", "2024-03-16", "1"),
    ],
)
def test_tenure_in_whole_units(unit, joined, units):
    wanted = condition("TENURE", 1, unit=unit)
    partner = PartnerFacts("VAR", "USD", at(joined))
    assert reading_of(wanted, NOW, partner=partner) == (units, MET if int(units) else NOT_MET)


@pytest.mark.parametrize(
    ("joined", "moment", "months"),
    [
        ("2026-01-31", "2026-02-27", "0"),
        ("2026-01-31", "2026-02-28", "1"),
        ("2026-01-31", "2026-03-30", "1"),
        ("2026-01-31", "2026-03-31", "2"),
        ("2024-02-29", "2025-02-28", "12"),
    ],
)
def test_tenure_from_the_end_of_a_month(joined, moment, months):
    wanted = condition("TENURE", 1, unit="MONTH")
    partner = PartnerFacts("VAR", "USD", at(joined))
    assert reading_of(wanted, moment, partner=partner)[0] == months


@pytest.mark.parametrize(
    ("told", "threshold", "value", "met"),
    [
        ([], True, "false", NOT_MET),
        ([("2026-01-05", "1")], True, "true", MET),
        ([("2026-01-05", "0")], True, "false", NOT_MET),
        ([("2026-01-05", "1"), ("2026-02-05", "0")], True, "false", NOT_MET),
        ([], 0, None, NOT_MET),
        ([("2026-01-05", "7.5")], "7.5", "7.5", MET),
        ([("2026-01-05", "9"), ("2026-02-05", "7.4")], "7.5", "7.4", NOT_MET),
        ([("2026-01-05", "-1")], 0, "-1", NOT_MET),
        ([("2026-01-05", "7.5")], None, "7.5", UNPUBLISHED),
    ],
)
def test_what_the_vendor_set_by_hand(told, threshold, value, met):
    wanted = condition("MANUAL", threshold, value="SCORE")
    records = [held("MANUAL", "SCORE", since, value=text) for since, text in told]
    assert reading_of(wanted, NOW, [*records, event("2026-01-05")]) == (value, met)


@pytest.mark.parametrize(
    ("threshold", "people", "remaining"),
    [(5, ["ann", "bob"], "3"), (2, ["ann", "bob"], "0"), (None, ["ann"], None)],
)
def test_what_remains_and_how_many_records_count(threshold, people, remaining):
    wanted = condition("CERTIFIED_PEOPLE", threshold, holdsAll=BOTH)
    records = [record for person in people for record in certified(person, *BOTH)]
    records += certified("cy", "SALES")  # holds one of the two: does not count
    found = result_of(wanted, NOW, records)
    assert (found["remaining"] and found["remaining"]["text"]) == remaining
    assert found["records"] == 2 * len(people)
