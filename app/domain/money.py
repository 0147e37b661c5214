"""Money: integer minor units of an ISO 4217 currency. Nothing here is a float."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

# Most ISO 4217 currencies have two decimals; these are the others in use.
_UNUSUAL = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_DIGITS = {code: digits for digits, codes in _UNUSUAL.items() for code in codes.split()}
_USUAL_MINOR_DIGITS = 2
# The currencies of ISO 4217 that are in use for payments; no metals, funds or test codes.
_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
_CODE = re.compile(r"[A-Z]{3}")


def minor_digits(currency: str) -> int:
    """Return the decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, _USUAL_MINOR_DIGITS)


def round_half_even(amount: Decimal | Fraction, currency: str) -> int:
    """Convert major units to minor units, rounded half to even: the one rounding rule for money.

    0.125 USD is 12 cents, 0.135 USD is 14.
    """
    # Fractions round half to even and, unlike decimals, never lose precision.
    minor: int = round(Fraction(amount) * 10 ** minor_digits(currency))
    return minor


def split_largest_remainder(total: int, weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """Split a total in proportion to the weights, so that the parts add up to it exactly.

    Each part is rounded towards zero. The remaining units go, one each, to the parts that lost
    most, earlier ones first. Raises ValueError for no weights, a negative one, or only zeros.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact)
    if whole <= 0 or min(exact) < 0:
        raise ValueError("Weights must not be negative, and one must be above zero.")
    sign = -1 if total < 0 else 1
    shares = [abs(total) * weight / whole for weight in exact]
    parts = [int(share) for share in shares]
    by_loss = sorted(range(len(parts)), key=lambda i: parts[i] - shares[i])
    for index in by_loss[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for USD, yen for JPY) of a currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code such as USD.")

    @classmethod
    def rounded(cls, amount: Decimal | Fraction, currency: str) -> "Money":
        """Create from an amount in major units, rounded half to even."""
        return cls(round_half_even(amount, currency), currency)

    @classmethod
    def exactly(cls, amount: Decimal, currency: str) -> "Money":
        """Create from an amount in major units. Raises ValueError if it has fractions of a minor
        unit.
        """
        money = cls.rounded(amount, currency)
        if money.decimal != amount:
            digits = minor_digits(currency)
            raise ValueError(f"{currency} has {digits} decimals; {amount} has more.")
        return money

    @property
    def decimal(self) -> Decimal:
        """Return the exact amount in major units."""
        return Decimal(str(self))

    def __add__(self, other: "Money") -> "Money":
        """Add an amount. Raises ValueError for another currency."""
        if other.currency != self.currency:
            raise ValueError(f"Cannot add {other.currency} to {self.currency}.")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def split(self, weights: Sequence[int | Decimal | Fraction]) -> list["Money"]:
        """Split in proportion to the weights, as `split_largest_remainder` does."""
        parts = split_largest_remainder(self.amount_minor, weights)
        return [Money(part, self.currency) for part in parts]

    def __str__(self) -> str:
        """Return major units with all decimals: `1234.50`, `-0.05`, `1500` for yen."""
        digits = minor_digits(self.currency)
        sign = "-" if self.amount_minor < 0 else ""
        text = str(abs(self.amount_minor)).rjust(digits + 1, "0")
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
