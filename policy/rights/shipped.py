"""The rule sets in `sets/`, and those in a folder of an operator's."""

from functools import cache
from pathlib import Path

from policy.files import BadFile, Fault, Loaded, load
from policy.rights.rule_set import RuleSet

_SETS = Path(__file__).with_name("sets")


@cache
def shipped() -> tuple[RuleSet, ...]:
    """Those of this package, by file name."""
    return read_rule_sets(_SETS)


def read_rule_sets(folder: Path) -> tuple[RuleSet, ...]:
    """Every rule set of a folder, by file name, which is the order of preference.

    Raises:
        BadFile: one of them has faults, or the names that it uses do not fit.
        OSError: the folder cannot be read.
    """
    loaded = [load(path, RuleSet, name=path.name) for path in sorted(folder.glob("*.toml"))]
    if faults := [fault for each in loaded for fault in _faults(each)]:
        raise BadFile(tuple(faults))
    return tuple(each.value for each in loaded)


def read_rule_set(path: Path) -> RuleSet:
    """One rule set, called by its path in faults. Raises as `read_rule_sets` does."""
    loaded = load(path, RuleSet)
    if faults := _faults(loaded):
        raise BadFile(tuple(faults))
    return loaded.value


def _faults(loaded: Loaded[RuleSet]) -> list[Fault]:
    """What the types of a file do not show: names that nothing has, names twice, and amounts that are no amounts."""
    found, rules = [], loaded.value
    if rules.home not in rules.territories:
        found.append(loaded.fault(f"there is no territory {rules.home}", "home"))
    if rules.effective_to and rules.effective_to < rules.effective_from:
        found.append(loaded.fault("ends before it begins", "effective_to"))
    for number, cover in enumerate(rules.covers):
        for key in ("origin", "destination", "not_from"):
            if (name := getattr(cover, key)) is not None and name not in rules.territories:
                found.append(loaded.fault(f"there is no territory {name}", "covers", number, key))
        if cover.airlines is not None and cover.airlines not in rules.airlines:
            found.append(loaded.fault(f"there is no list of airlines {cover.airlines}", "covers", number, "airlines"))
    seen: set[str] = set()
    for number, rule in enumerate(rules.rules):
        if rule.id in seen:
            found.append(loaded.fault(f"there are two rules {rule.id}", "rules", number, "id"))
        seen.add(rule.id)
        if not rule.when:
            found.append(loaded.fault("wanted a condition at least", "rules", number, "when"))
        if rule.amount and rule.percent:
            found.append(loaded.fault("an amount and a part of the fare: give one", "rules", number, "percent"))
        if rule.most and not rule.percent:
            found.append(loaded.fault("a limit to no part of the fare", "rules", number, "most"))
        if rule.excused and not rules.causes:
            found.append(loaded.fault("excused, and there are no causes", "rules", number, "excused"))
    return found
