"""Reading a rule file: what is wrong with it is named with file, line and key."""

from pathlib import Path
from typing import Literal

import pytest
from msgspec import field

from contracts.money import Money
from policy.amounts import Price
from policy.files import BadFile, Table, load, loads


class Step(Table, frozen=True):
    fee: Price
    cabin: Literal["economy", "business"] = "economy"
    hours: float | None = None


class Rules(Table, frozen=True):
    name: str
    change: tuple[Step, ...] = ()
    bags: dict[str, dict[str, int]] = field(default_factory=dict)


GOOD = """\
name = "example"

[[change]]
fee = "75.00 USD"

[[change]]
cabin = "business"
fee = "0 JPY"
hours = 2

[bags]
silver = { economy = 1 }
"""


def faults(text: str) -> list[str]:
    """What reading it complains of."""
    with pytest.raises(BadFile) as caught:
        loads(text, Rules, name="b6.toml")
    return str(caught.value).splitlines()


def test_a_file_becomes_typed_structs() -> None:
    """Amounts are decimals with a currency; an absent key has its default."""
    read = loads(GOOD, Rules, name="b6.toml").value
    assert read.name == "example"
    assert [step.fee.money for step in read.change] == [
        Money(amount=Price.parse("75.00 USD").money.amount, currency="USD"),
        Price.parse("0 JPY").money,
    ]
    assert [step.hours for step in read.change] == [None, 2.0]
    assert read.bags == {"silver": {"economy": 1}}


def test_each_key_has_its_line() -> None:
    """One that is not written has the line of the table it would be in."""
    read = loads(GOOD, Rules, name="b6.toml")
    assert [read.line("change", 1, "fee"), read.line("change", 0, "hours"), read.line("elsewhere")] == [8, 3, 1]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('fee = "75.00 USD"', "fee = 75", "b6.toml, line 4, change[0].fee: wanted an amount such as '75.00 USD'"),
        ('fee = "75.00 USD"', 'fee = "-1 USD"', "b6.toml, line 4, change[0].fee: wanted an amount such as '75.00 USD'"),
        ('"0 JPY"', '"0.5 JPY"', "b6.toml, line 8, change[1].fee: an amount in JPY has at most 0 decimals"),
        ('"0 JPY"', '"1 ZZZ"', "b6.toml, line 8, change[1].fee: ZZZ is no currency of ISO 4217"),
        ('fee = "75.00 USD"', "", "b6.toml, line 3, change[0]: fee is missing"),
        ("hours = 2", "hour = 2", "b6.toml, line 9, change[1].hour: no such key; did you mean hours?"),
        ("hours = 2", "x = 2", "b6.toml, line 9, change[1].x: no such key; there are fee, cabin, hours"),
        ("hours = 2", 'hours = "2"', "b6.toml, line 9, change[1].hours: wanted a number or nothing, not a text"),
        (
            '"business"',
            '"first"',
            "b6.toml, line 7, change[1].cabin: 'first' is none of those allowed: economy, business",
        ),
        ("economy = 1", "economy = 1.5", "b6.toml, line 12, bags.silver.economy: wanted a whole number, not a number"),
        ('name = "example"', "", "b6.toml, line 1, name is missing"),
        ("[bags]", "[bags", "b6.toml, line 11, no TOML: expected ']' at the end of a table declaration"),
        ("[bags]", "name = ", "b6.toml, line 11, no TOML: invalid value"),
    ],
)
def test_a_fault_names_file_line_and_key(old: str, new: str, fault: str) -> None:
    """And says what was wanted."""
    assert faults(GOOD.replace(old, new)) == [fault]


def test_every_fault_is_named() -> None:
    """One line each, in the order of the file."""
    text = GOOD.replace("75.00 USD", "75").replace("hours = 2", "hour = 2").replace("economy = 1", "economy = true")
    assert [line.partition(":")[0] for line in faults(text)] == [
        "b6.toml, line 4, change[0].fee",
        "b6.toml, line 9, change[1].hour",
        "b6.toml, line 12, bags.silver.economy",
    ]


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    """Unless another name is given; a file that is no text is a fault of it."""
    (tmp_path / "x.toml").write_bytes(b'name = "a"\nb = "\xff"\n')
    with pytest.raises(BadFile, match=r"x\.toml, line 2, the file is not UTF-8 text"):
        load(tmp_path / "x.toml", Rules)
    with pytest.raises(BadFile, match=r"^short, line 2"):
        load(tmp_path / "x.toml", Rules, name="short")
