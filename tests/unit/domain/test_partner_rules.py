"""The rules of joining as a partner, as tables."""

from decimal import Decimal

import pytest

from app.domain.partners import check_referral_rate, is_enrolled, unique_slug


@pytest.mark.parametrize(
    ("wanted", "taken", "slug"),
    [
        ("acme", [], "acme"),
        ("acme", ["acme"], "acme-2"),
        ("acme", ["acme", "acme-2", "acme-4"], "acme-3"),
        ("acme", ["acme-2"], "acme"),
        ("a" * 80, ["a" * 80], "a" * 78 + "-2"),
        ("a" * 77 + "-bc", ["a" * 77 + "-bc"], "a" * 77 + "-2"),
    ],
)
def test_a_slug_is_made_unique(wanted: str, taken: list[str], slug: str) -> None:
    assert unique_slug(wanted, taken) == slug


@pytest.mark.parametrize(
    ("partner_types", "enrolled"), [([], True), (["MSP", "VAR"], True), (["VAR"], False)]
)
def test_the_partner_type_enrols(partner_types: list[str], enrolled: bool) -> None:
    assert is_enrolled(partner_types, "MSP") is enrolled


@pytest.mark.parametrize("rate", [None, "0", "1", "0.25", "0.123456", "1E-1"])
def test_a_rate_is_part_of_one(rate: str | None) -> None:
    assert check_referral_rate(rate and Decimal(rate), "referralRate") == []


@pytest.mark.parametrize("rate", ["-0.01", "1.01", "NaN", "sNaN", "Infinity", "0.1234567", "25"])
def test_another_rate_is_refused(rate: str) -> None:
    (problem,) = check_referral_rate(Decimal(rate), "referralRate")
    assert problem.field == ("referralRate",)
