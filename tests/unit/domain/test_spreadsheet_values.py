"""What spreadsheets make of values: read if the meaning is certain, else the cause is named."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from app.domain.spreadsheet_values import (
    cell_text,
    check_identifier,
    check_size_code,
    decimal_number,
    iso_date,
    whole_number,
)

dollars = partial(decimal_number, decimals=2)
dinars = partial(decimal_number, decimals=3)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (whole_number, "42", 42),
        (whole_number, "1,200", 1_200),
        (whole_number, "1.200", 1_200),
        (whole_number, "1 200", 1_200),
        (whole_number, "1\u00a0200", 1_200),
        (whole_number, "1\u202f200", 1_200),
        (whole_number, "12.0", 12),
        (whole_number, "12,00", 12),
        (whole_number, "'42", 42),
        (dollars, "129.00", Decimal("129.00")),
        (dollars, "-5", Decimal(-5)),
        (dollars, "12,5", Decimal("12.5")),
        (dollars, "1,200.50", Decimal("1200.50")),
        (dollars, "1.200,50", Decimal("1200.50")),
        (dollars, "1 200,50", Decimal("1200.50")),
        (dollars, "1,234,567", Decimal(1_234_567)),
        (dollars, "1234.500", Decimal("1234.500")),
        (dinars, "1.200", Decimal("1.200")),
        (check_size_code, "11-50", "11-50"),
        (check_size_code, "'1-10", "1-10"),
        (check_size_code, "10001+", "10001+"),
        (iso_date, "2026-12-31", "2026-12-31"),
        (iso_date, "2026-12-31T09:30:00Z", "2026-12-31T09:30:00Z"),
        (iso_date, "12/31/2026", "2026-12-31"),
        (iso_date, "31/12/2026", "2026-12-31"),
        (iso_date, "05/05/2026", "2026-05-05"),
        (iso_date, "03.04.2026", "2026-04-03"),
        (iso_date, "31/31/2026", "31/31/2026"),
        (check_identifier, "deal-4711", "deal-4711"),
        (check_identifier, "4711", "4711"),
        (cell_text, "  a\u00a0", "a"),
        (cell_text, "'=A Company", "=A Company"),
        (cell_text, "'t Hart BV", "'t Hart BV"),
        (cell_text, "#1 Plumbing", "#1 Plumbing"),
    ],
)
def test_a_certain_value_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "cause"),
    [
        (whole_number, "12.000", "thousands separator or decimals"),
        (whole_number, "12.5", "whole number"),
        (whole_number, "-3", "whole number"),
        (whole_number, "many", "whole number"),
        (whole_number, "1.2E+05", "shortened"),
        (whole_number, "Jan-10", "turned 1-10 into the date"),
        (dollars, "1,200", "thousands separator or decimals"),
        (dollars, "1.200", "thousands separator or decimals"),
        (dinars, "1,200", "thousands separator or decimals"),
        (dollars, "1.2E+05", "shortened"),
        (dollars, "1e3", "shortened"),
        (dollars, "twelve", "decimal number"),
        (check_size_code, "Nov-50", "turned 11-50 into the date Nov-50.* as text"),
        (check_size_code, "Jan-10", "turned 1-10 into"),
        (check_size_code, "10-Jan", "turned 1-10 into"),
        (check_size_code, "01. Okt", "turned 1-10 into"),
        (check_size_code, "11. Nov", "into the date 11. Nov"),
        (check_size_code, "2026-10-01", "into the date"),
        (check_size_code, "10/1/2026", "into the date"),
        (iso_date, "03/04/2026", "2026-03-04 or 2026-04-03"),
        (iso_date, "46023", "number for a date"),
        (check_identifier, "4.71E+12", "shortened"),
        (cell_text, "#N/A", "error of a formula"),
        (cell_text, "#####", "too narrow"),
        (cell_text, "B\ufffdcker", "CSV UTF-8"),
    ],
)
def test_an_uncertain_value_names_its_cause(
    read: Callable[[str], Any], text: str, cause: str
) -> None:
    with pytest.raises(ValueError, match=cause) as caught:
        read(text)
    assert str(caught.value).endswith(".")
