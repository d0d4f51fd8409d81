"""Amounts, and what was paid."""

from decimal import Decimal

import msgspec
import pytest

from contracts.money import IN_DOLLARS, Money, PaidItem, fare_rank, fares, money_fault, whole_fare


def money(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def fare(amount: str, currency: str = "USD") -> PaidItem:
    return PaidItem(kind="fare", price=money(amount, currency))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(b'{"amount":"412.50","currency":"USD"}', id="a string"),
        pytest.param(b'{"amount":412.50,"currency":"USD"}', id="a number"),
    ],
)
def test_an_amount_is_exact_however_it_is_written(written: bytes) -> None:
    """It is written as a string."""
    read = msgspec.json.decode(written, type=Money)
    assert read.amount == Decimal("412.50")
    assert msgspec.json.decode(msgspec.json.encode(read))["amount"] in ("412.50", "412.5")


@pytest.mark.parametrize(
    ("paid", "fault"),
    [
        pytest.param(money("412.50"), None, id="dollars"),
        pytest.param(money("0"), None, id="nothing"),
        pytest.param(money("41250", "JPY"), None, id="yen"),
        pytest.param(money("1.234", "KWD"), None, id="dinars"),
        pytest.param(money("412.505"), "an amount in USD has at most 2 decimals", id="too-fine"),
        pytest.param(money("412.5", "JPY"), "an amount in JPY has at most 0 decimals", id="parts-of-a-yen"),
        pytest.param(money("412", "UDS"), "UDS is no currency of ISO 4217", id="no-currency"),
        pytest.param(money("-1"), "an amount in USD is 0 or more, and less than 1000000000000", id="negative"),
        pytest.param(money("NaN"), "an amount in USD is 0 or more, and less than 1000000000000", id="no-number"),
        pytest.param(money("1E+40"), "an amount in USD is 0 or more, and less than 1000000000000", id="endless"),
    ],
)
def test_an_amount_fits_its_currency(paid: Money, fault: str | None) -> None:
    """By the decimals that ISO 4217 gives it."""
    assert money_fault(paid) == fault


def test_amounts_of_two_currencies_are_not_added() -> None:
    """Each currency has a total of its own, of fares alone."""
    tax = PaidItem(kind="tax", price=money("30"))
    assert fares([fare("100"), fare("80", "EUR"), fare("20.50"), tax]) == {"USD": Decimal("120.50"), "EUR": Decimal(80)}


@pytest.mark.parametrize(
    ("paid", "rank"),
    [
        pytest.param((fare("100"),), 100.0, id="dollars"),
        pytest.param((fare("100", "EUR"),), 110.0, id="euros"),
        pytest.param((fare("100", "AMD"),), 0.0, id="a-currency-without-a-rate"),
        pytest.param((PaidItem(kind="tax", price=money("100")),), 0.0, id="no-fare"),
        pytest.param((), 0.0, id="not-known"),
    ],
)
def test_fares_are_compared_in_dollars_at_fixed_rates(paid: tuple[PaidItem, ...], rank: float) -> None:
    """A party whose fare cannot be compared ranks as one whose fare is not known."""
    assert fare_rank(paid) == rank


def test_every_rate_is_of_a_currency() -> None:
    """And the dollar is worth a dollar."""
    assert [currency for currency in IN_DOLLARS if money_fault(money("1", currency))] == []
    assert IN_DOLLARS["USD"] == 1


def test_a_fare_of_nothing_is_not_known() -> None:
    """Only a fare that was paid is an item."""
    assert (whole_fare(0), whole_fare(5)) == ((), (fare("5"),))
