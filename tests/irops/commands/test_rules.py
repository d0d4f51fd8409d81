"""`irops rules`: files are checked, and asked about cases."""

import json
from pathlib import Path

import pytest

from tests.irops.command_line import ROOT, irops

TAU = "policy/fares/examples/tau_airline.toml"
EXAMPLES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "policy/fares/examples").glob("*.toml"))


async def test_every_example_is_without_fault() -> None:
    """One line each; exit status 0. A case is no rule file."""
    files = [name for name in EXAMPLES if not name.endswith("_case.toml")]
    ended = await irops("rules", "check", *files)
    assert (ended.status, ended.err) == (0, "")
    assert [line.partition(":")[0] for line in ended.out.splitlines()] == files


async def test_passenger_rights_are_checked_too(tmp_path: Path) -> None:
    """Whichever kind of rules a file has."""
    path = "policy/rights/sets/us-refunds.toml"
    text = (ROOT / path).read_text()
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace("id =", "ident =", 1))
    line = next(n for n, line in enumerate(bad.read_text().splitlines(), 1) if line.startswith("ident ="))
    ended = await irops("rules", "check", path, str(bad))
    assert (ended.status, ended.err) == (1, "")
    first, second, *_ = ended.out.splitlines()
    assert first.startswith(f"{path}: ok, ")
    assert second.startswith(
        (f"{bad}, line {line - 1}, rules[0]: id is missing", f"{bad}, line {line}, rules[0].ident:")
    )


async def test_reaccommodation_rules_are_checked_too(tmp_path: Path) -> None:
    """And asked about a kind of party; each fault has its line."""
    path = "policy/reaccommodation/examples/harbour_air.toml"
    bad = tmp_path / "bad.toml"
    bad.write_text((ROOT / path).read_text().replace("gold =", "golden ="))
    ended = await irops("rules", "check", path, str(bad))
    assert (ended.status, ended.err) == (1, "")
    assert ended.out.splitlines() == [
        f"{path}: ok, for tickets of HB; asks desk, system, party",
        f"{bad}, line 20, onto.golden: no such tier; there are none, silver, gold, platinum",
    ]


async def test_what_cannot_be_asked_of_reaccommodation_rules_is_one_line(tmp_path: Path) -> None:
    """Exit status 1."""
    path = "policy/reaccommodation/examples/harbour_air.toml"
    everybody = tmp_path / "everybody.toml"
    everybody.write_text('[reaccommodation]\nname = "x"\nsource = "x"\n')
    asked = [
        (
            [path, "family=saver"],
            "irops: family: no such fact; there are carrier, tier, cabin, ssr, station, on, after, marks, delay",
        ),
        ([path, "delay=late"], "irops: delay: wanted how much later the trip arrives, such as '3 h', not 'late'"),
        ([path, "ssr=wheelchair"], "irops: ssr: wanted codes of special services, such as WCHR,BLND, not 'wheelchair'"),
        ([path, "station=JFK"], "irops: on: wanted the day of a connection at the station, such as on=2026-07-01"),
        ([str(everybody)], "irops: carrier: wanted the one that sold the ticket, such as carrier=HB"),
    ]
    for arguments, line in asked:
        ended = await irops("rules", "ask", *arguments)
        assert (ended.status, ended.out, ended.err) == (1, "", f"{line}\n")
    ended = await irops("rules", "ask", str(everybody), "carrier=NW")
    assert ended.out.startswith("flights      of any carrier\n")


FILE = '[reaccommodation]\nname = "x"\nsource = "x"\ncarriers = ["HB"]\n'
CONSENT = """\
[[consent]]
by = "desk"
ssrs = ["UMNR", "WCHR"]
[[consent]]
by = "system"
tiers = ["gold"]
[[consent]]
by = "none"
after = ["retimed", "diverted"]
[[consent]]
by = "party"
marks = ["night"]
delay = "3 h"
default = "leave"
"""
DESK = "the desk's, within 2 h; without an answer the first trip is booked"
SYSTEM = "the reservation system's, within 2 h; without an answer the first trip is booked"
PARTY = "within 2 h; without an answer none is booked"


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        (["ssr=BLND,WCHR"], [f"{DESK} (5)"]),
        (["tier=gold"], [f"{SYSTEM} (8)"]),
        (["tier=gold", "ssr=UMNR"], [f"{DESK} (5)"]),
        (["after=diverted", "delay=9 h", "marks=night"], ["no one's (11)"]),
        (["after=cancelled", "delay=3 h", "marks=country,night"], [f"the party's, {PARTY} (14)"]),
        (["after=cancelled", "delay=179 min", "marks=night"], ["no one's"]),
        (["after=cancelled", "delay=4 h", "marks=none"], ["no one's"]),
        (["after=cancelled", "delay=4 h"], [f"the party's, with the mark night, {PARTY} (14)", "else no one's"]),
        (["marks=none"], ["no one's, after retimed or diverted (11)", "else no one's"]),
        (
            [],
            [
                "no one's, after retimed or diverted (11)",
                f"the party's, with the mark night, 3 h late or more, {PARTY} (14)",
                "else no one's",
            ],
        ),
    ],
)
async def test_whose_yes_a_trip_needs_is_answered_with_the_line_of_the_rule(
    tmp_path: Path, facts: list[str], shown: list[str]
) -> None:
    """The first rule that holds; of what is not given each that may."""
    file = tmp_path / "rules.toml"
    file.write_text(FILE + CONSENT)
    ended = await irops("rules", "ask", str(file), *facts)
    lines = ended.out[ended.out.index("consent") :].splitlines()
    assert [line[13:].replace(f"{file}:", "") for line in lines] == shown


async def test_rules_that_ask_no_one_need_no_yes(tmp_path: Path) -> None:
    """Nor do rules of another carrier."""
    file = tmp_path / "rules.toml"
    file.write_text(FILE)
    assert (await irops("rules", "ask", str(file))).out.endswith("\nconsent      no one's\n")
    file.write_text(FILE + CONSENT)
    assert (await irops("rules", "ask", str(file), "carrier=NW")).out.endswith("\nconsent      no one's\n")


async def test_each_fault_is_a_line_with_file_line_and_key(tmp_path: Path) -> None:
    """Of every file; exit status 1."""
    text = (ROOT / TAU).read_text()
    bad = tmp_path / "bad.toml"
    bad.write_text(
        text.replace('on = ["add_insurance"]', 'on = ["insure"]')
        .replace('"30 USD * passengers"', '"30 dollars"')
        .replace("{ insured_against = true },", "{ insured = true },")
    )
    lines = bad.read_text().splitlines()
    fee, insured, act = (
        next(n for n, line in enumerate(lines, 1) if text in line) for text in ('30 dollars"', "insured =", 'insure"')
    )
    ended = await irops("rules", "check", str(bad), TAU)
    assert (ended.status, ended.err) == (1, "")
    assert ended.out.splitlines() == [
        f"{bad}, line {fee}, rule[4].charge[2].amount: wanted an operator before 'dollars'",
        f"{bad}, line {insured}, rule[7].when.any[3].insured: "
        "no such fact; declare it under [facts.insured], or is it misspelt?",
        f"{bad}, line {act}, rule[17].on[0]: no such act; declare insure under [acts], or is it misspelt?",
        f"{TAU}: ok, 24 rules",
    ]


async def test_facts_of_the_command_line_come_before_those_of_the_file(tmp_path: Path) -> None:
    """The file may be JSON."""
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"request": ["cancel"], "legs_flown": 1}))
    ended = await irops("rules", "ask", TAU, "--case", str(case))
    assert ended.out.startswith("person\n")
    ended = await irops("rules", "ask", TAU, "legs_flown=0", "cabin=business", "paid=10 USD", "--case", str(case))
    assert ended.out.startswith("allowed\n")


async def test_means_of_payment_that_may_not_pay_are_named(tmp_path: Path) -> None:
    """With how many of that kind may."""
    case = tmp_path / "case.toml"
    case.write_text(
        'request = "book"\npassengers = 1\ncabins = ["economy"]\nflight_status = "available"\nin_profile = true\n'
        'insurance = false\ntier = "gold"\ncabin = "economy"\nbags = 0\nnew_price = "100 USD"\n'
        'pay_with = [{ id = "a", kind = "certificate", amount = "60 USD" }, { id = "b", kind = "certificate" }]\n'
    )
    ended = await irops("rules", "ask", TAU, "--case", str(case))
    assert ended.out.splitlines()[-1] == (
        "  cannot be paid like this: 2 of kind certificate, and at most 1 of them may pay for this"
    )


async def test_what_cannot_be_asked_is_one_line(tmp_path: Path) -> None:
    """Exit status 1, or 2 for what is no fact with a value."""
    case = tmp_path / "case.toml"
    case.write_text("request = \n")
    asked = [
        (["request=fly"], 1, "irops: no such act: fly; there are "),
        (["cabin=economy"], 1, "irops: request: wanted what is asked for, such as cancel"),
        (["request=cancel", "cabins"], 2, "irops: cabins: wanted a fact and its value, such as cabin=economy"),
        (["request=cancel", "bags=-1"], 1, "irops: bags: wanted a whole number from 0 on, not '-1'"),
        (["request=cancel", "free_bags=1"], 1, "irops: free_bags is worked out from tier, cabin"),
        (["request=cancel", "nothing=1"], 1, "irops: nothing: no fact of these rules; there are "),
        (["--case", str(case)], 1, f"irops: {case}: no TOML: "),
        (["--case", str(tmp_path / "none.toml")], 1, f"irops: cannot use {tmp_path / 'none.toml'}: No such file"),
    ]
    for arguments, status, line in asked:
        ended = await irops("rules", "ask", TAU, *arguments)
        assert (ended.status, ended.out, ended.err.count("\n")) == (status, "", 1)
        assert ended.err.startswith(line)
