"""Fare rules: what a customer may change, cancel, add or claim, at what price, by which rule.

    rules = load_fares(Path("policy/fares/examples/meadow_air.toml"))
    answer = judge(rules, ["cancel"], {"cabin": "economy", "insurance": False})

README.md in the folder above says what the package does.
"""

from policy.facts import BadCase, Facts, Value
from policy.fares.answers import Amount, Answer, Cited, Missing, Outcome
from policy.fares.cases import Case, read_case
from policy.fares.choosing import NO_FARE_RULES, FareRules, load_fare_rules
from policy.fares.judging import judge
from policy.fares.loading import load_fares
from policy.fares.ruleset import Ruleset
from policy.fares.settling import Entry, Instrument, Settlement, settle
from policy.files import BadFile, Fault

__all__ = [
    "Amount",
    "Answer",
    "BadCase",
    "BadFile",
    "Case",
    "Cited",
    "Entry",
    "FareRules",
    "Facts",
    "Fault",
    "Instrument",
    "Missing",
    "NO_FARE_RULES",
    "Outcome",
    "Ruleset",
    "Settlement",
    "Value",
    "judge",
    "load_fare_rules",
    "load_fares",
    "read_case",
    "settle",
]
