"""Money, and what was paid for a trip.

An amount is a decimal number, as a string in JSON, so that it is exact in every language; it has at most as many decimals as
its currency has (ISO 4217: none for JPY, three for KWD, two for most). Amounts of two currencies are never added.

What a party paid decides who is served first, so fares are compared. Within a currency that is exact. Between currencies they
are compared at `IN_DOLLARS`, fixed rates of ours, which no payment may be made at; a fare in another currency counts as if
it were not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.names import Id

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="a currency's ISO 4217 code", examples=["USD"])]
Amount = Annotated[Decimal, Meta(description="an amount in decimal digits")]
PaidKind = Literal["fare", "tax", "carrier_charge", "ancillary"]
"""`carrier_charge`: imposed by the carrier, such as a fuel surcharge. `ancillary`: a seat, a bag, a meal."""


class Money(Struct, frozen=True, gc=False, kw_only=True):
    """An amount of one currency."""

    amount: Amount
    currency: Currency


class PaidItem(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One thing that was paid for."""

    kind: PaidKind
    price: Money
    journey: int | None = None
    """The number of the journey that it is for; None: for all of the booking's."""
    passenger: Id | None = None
    """The passenger whom it is for; None: the whole party, or not known."""


IN_DOLLARS: Mapping[Currency, Decimal] = {
    currency: Decimal(rate)
    for currency, rate in {
        "USD": "1", "AUD": "0.65", "BRL": "0.18", "CAD": "0.73", "CHF": "1.15", "CNY": "0.14", "DKK": "0.15", "EUR": "1.10",
        "GBP": "1.28", "INR": "0.012", "JPY": "0.0068", "KRW": "0.00074", "MXN": "0.055", "NOK": "0.095", "NZD": "0.60",
        "SEK": "0.096", "SGD": "0.75", "ZAR": "0.055",
    }.items()
}  # fmt: skip
"""US dollars for one unit [d], of the size that rates had in the early 2020s. They rank parties and buy nothing."""

_DECIMALS: Mapping[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DECIMALS_OF = {currency: number for number, currencies in _DECIMALS.items() for currency in currencies.split()}
_MOST = Decimal(1_000_000_000_000)


def to_the_cent(money: Money) -> Money:
    """Round to the smallest unit of the currency, halves up. Raises KeyError: the currency is none of ISO 4217."""
    unit = Decimal(1).scaleb(-_DECIMALS_OF[money.currency])
    return Money(amount=money.amount.quantize(unit, ROUND_HALF_UP), currency=money.currency)


def money_fault(money: Money) -> str | None:
    """Get why this cannot have been paid, in one line, or None. The amount itself may be anything and is not repeated."""
    decimals = _DECIMALS_OF.get(money.currency)
    if decimals is None:
        return f"{money.currency} is no currency of ISO 4217"
    if not money.amount.is_finite() or not 0 <= money.amount < _MOST:
        return f"an amount in {money.currency} is 0 or more, and less than {_MOST:f}"
    exponent = money.amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        return f"an amount in {money.currency} has at most {decimals} decimals"
    return None


def fares(paid: Iterable[PaidItem]) -> dict[Currency, Decimal]:
    """The fares paid, by currency."""
    totals: defaultdict[Currency, Decimal] = defaultdict(Decimal)
    for item in paid:
        if item.kind == "fare":
            totals[item.price.currency] += item.price.amount
    return dict(totals)


def fare_rank(paid: Iterable[PaidItem]) -> float:
    """The fares paid as a number to compare parties by: in US dollars, at `IN_DOLLARS`."""
    return float(
        sum(amount * IN_DOLLARS[currency] for currency, amount in fares(paid).items() if currency in IN_DOLLARS)
    )


def whole_fare(dollars: int) -> tuple[PaidItem, ...]:
    """What a party paid of which only one number is known: its fare in whole US dollars, 0 for none."""
    return (PaidItem(kind="fare", price=Money(amount=Decimal(dollars), currency="USD")),) if dollars else ()
