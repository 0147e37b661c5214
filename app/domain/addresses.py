"""Invoice addresses and their validation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.checks import check_line
from app.domain.errors import ErrorCode, Problem

MAX_LINES = 4
MAX_LINE = 120
MAX_POSTAL_CODE = 20
MAX_TAX_ID = 40

# ISO 3166-1 alpha-2.
_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())
_TAX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """The recipient of an invoice. `lines` are those between name and city."""

    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    postal_code: str | None = None
    region: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """Return the address as it is stored: trimmed, null for missing values."""
        return {
            "name": self.name.strip(),
            "lines": [line.strip() for line in self.lines],
            "postalCode": _trimmed(self.postal_code),
            "city": self.city.strip(),
            "region": _trimmed(self.region),
            "country": self.country,
        }


def check_address(address: Address) -> list[Problem]:
    """Return the problems of an address, at its fields."""
    problems = check_line(address.name, "name")
    problems += _check_lines(address.lines)
    problems += check_line(address.city, "city", longest=MAX_LINE)
    if _trimmed(address.postal_code):
        problems += check_line(address.postal_code or "", "postalCode", longest=MAX_POSTAL_CODE)
    if _trimmed(address.region):
        problems += check_line(address.region or "", "region", longest=MAX_LINE)
    return problems + check_country(address.country, "country")


def check_country(code: str, *field: str) -> list[Problem]:
    """Return the problems of a country code (ISO 3166-1 alpha-2), such as DE."""
    if code in COUNTRIES:
        return []
    message = "Give an ISO 3166 country code of two capital letters, such as DE."
    return [Problem(ErrorCode.INVALID, message, field)]


def check_tax_id(tax_id: str | None, *field: str) -> list[Problem]:
    """Return the problems of a tax id, such as DE123456789. It may be None or empty."""
    given = _trimmed(tax_id)
    if given is None or (len(given) <= MAX_TAX_ID and _TAX_ID.fullmatch(given)):
        return []
    message = f"Give at most {MAX_TAX_ID} letters and digits, such as DE123456789."
    return [Problem(ErrorCode.INVALID, message, field)]


def _check_lines(lines: Sequence[str]) -> list[Problem]:
    if not 1 <= len(lines) <= MAX_LINES:
        message = f"Give 1 to {MAX_LINES} lines, such as street and number."
        return [Problem(ErrorCode.REQUIRED, message, ("lines",))]
    return [
        problem
        for index, line in enumerate(lines)
        for problem in check_line(line, "lines", str(index), longest=MAX_LINE)
    ]


def _trimmed(value: str | None) -> str | None:
    return (value or "").strip() or None
