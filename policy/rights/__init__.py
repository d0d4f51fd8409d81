"""Passenger rights as data: what is owed to whom, and by which rule of which law. README.md beside this file says how."""

from policy.rights.case import Case, Place, Places, Sold, Stage, Trip
from policy.rights.judging import entitlements, judge
from policy.rights.rule_set import RuleSet
from policy.rights.shipped import read_rule_set, read_rule_sets, shipped

__all__ = [
    "Case",
    "Place",
    "Places",
    "RuleSet",
    "Sold",
    "Stage",
    "Trip",
    "entitlements",
    "judge",
    "read_rule_set",
    "read_rule_sets",
    "shipped",
]
