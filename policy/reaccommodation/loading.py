"""Read files of re-accommodation rules; what types alone do not show is looked for here, and each fault has its line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec

from contracts.ledger import TIERS, Disruption, Mark
from contracts.limits import LONGEST_STAY
from contracts.names import CABINS, Airport, Carrier
from contracts.passengers import UNCOUNTED_SSRS, Ssr
from contracts.rules import Rules
from policy import lines
from policy.files import BadFile, Fault, Loaded, load
from policy.reaccommodation.model import ANY, OWN, ConsentRule, ReaccommodationFile

_MOST_CONNECTIONS = 2
"""Of the search of the planner."""
_NO_PLAN: frozenset[Disruption] = frozenset({"lapsed", "overdue"})
"""Reasons for which no party is moved: they are about one that waits on."""
_NO_TRIP: frozenset[Mark] = frozenset({"onward", "alone", "overdue", "unasked", "declined"})
"""Marks that no trip has which a party is moved to: of one that has none, of people, and of what became of an offer."""
_Wrong = tuple[lines.Path, str]


def read_file(path: Path) -> Loaded[ReaccommodationFile]:
    """One file.

    Raises:
        BadFile: it has faults.
        OSError: it cannot be read.
    """
    loaded = load(path, ReaccommodationFile)
    if wrong := list(_faults(loaded.value)):
        raise BadFile(tuple(loaded.fault(problem, *path) for path, problem in wrong))
    return loaded


def read_files(paths: Iterable[Path]) -> list[ReaccommodationFile]:
    """Files that are in force together, or one after the other: no carrier has two that start at one time, and neither has
    everybody. Raises as `read_file` does, with the faults of all files."""
    loaded, faults = list[Loaded[ReaccommodationFile]](), list[Fault]()
    for path in paths:
        try:
            loaded.append(read_file(path))
        except BadFile as bad:
            faults += bad.faults
    first: dict[tuple[Carrier | None, datetime | None], str] = {}
    for each in loaded:
        head = each.value.reaccommodation
        for carrier in head.carriers or (None,):
            if (other := first.setdefault((carrier, head.starts), each.file)) != each.file:
                whose = f"of {carrier}" if carrier else "for everybody"
                since = f" from {head.starts.isoformat()} on" if head.starts else ""
                faults.append(
                    each.fault(f"{other} has the rules {whose}{since} already", "reaccommodation", "carriers")
                )
    if faults:
        raise BadFile(tuple(faults))
    return [each.value for each in loaded]


def read_folder(folder: Path) -> list[ReaccommodationFile]:
    """The files (`*.toml`) of a folder, in the order of their names. Raises as `read_files` does, also where there is no
    folder: that is not the same as one without files."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    return read_files(sorted(folder.glob("*.toml")))


def _faults(file: ReaccommodationFile) -> Iterator[_Wrong]:
    yield from chain(
        _twice(file.reaccommodation.carriers, ("reaccommodation", "carriers")),
        _wrong_times(file),
        _wrong_onto(file),
        _wrong_places(file),
        _wrong_cabins(file),
        _wrong_connections(file),
        _wrong_services(file),
        _wrong_consent(file),
    )


def _wrong_consent(file: ReaccommodationFile) -> Iterator[_Wrong]:
    for at, rule in enumerate(file.consent):
        here = ("consent", at)
        yield from (((*here, *path), problem) for path, problem in (*_wrong_asking(rule), *_wrong_conditions(rule)))
        first = next((number for number, each in enumerate(file.consent[:at]) if _covers(each, rule)), None)
        if first is not None:
            yield here, f"it never decides: consent[{first}] comes first and holds whenever it does"


def _wrong_asking(rule: ConsentRule) -> Iterator[_Wrong]:
    least = Rules().least_to_answer
    if rule.by == "none":
        for key, given in (("within", rule.within), ("default", rule.default)):
            if given is not None:
                yield (key,), "no one is asked, so no answer is waited for"
    elif rule.within is not None and rule.within.length < least:
        minutes = least.total_seconds() / 60
        yield ("within",), f"wanted {minutes:g} min at least: no one is asked who has less time for an answer"


def _wrong_conditions(rule: ConsentRule) -> Iterator[_Wrong]:
    for at, reason in enumerate(rule.after):
        if reason in _NO_PLAN:
            yield ("after", at), f"no party is moved because of {reason}"
    for at, mark in enumerate(rule.marks):
        if mark in _NO_TRIP:
            yield ("marks", at), f"no trip that a party is moved to has the mark {mark}"
    for at, tier in enumerate(rule.tiers):
        if tier not in TIERS:
            yield ("tiers", at), f"no such tier; there are {', '.join(TIERS)}"
    for at, ssr in enumerate(rule.ssrs):
        if not _is(ssr, Ssr):
            yield ("ssrs", at), "wanted the code of a special service (SSR): four capital letters"
    for key, names in (("after", rule.after), ("marks", rule.marks), ("tiers", rule.tiers), ("ssrs", rule.ssrs)):
        yield from _twice(names, (key,))


def _covers(rule: ConsentRule, other: ConsentRule) -> bool:
    """Whether it holds wherever the other one does."""
    lists = (
        (rule.after, other.after),
        (rule.marks, other.marks),
        (rule.tiers, other.tiers),
        (rule.ssrs, other.ssrs),
    )
    if any(names and not (others and set(others) <= set(names)) for names, others in lists):
        return False
    return rule.delay is None or (other.delay is not None and rule.delay.length <= other.delay.length)


def _wrong_services(file: ReaccommodationFile) -> Iterator[_Wrong]:
    for ssr, service in file.services.items():
        if not _is(ssr, Ssr):
            yield ("services", ssr), "wanted the code of a special service (SSR): four capital letters"
        if service.connection is None and service.most is None:
            yield ("services", ssr), "wanted connection, most or both"
        if service.most is not None and service.most < 0:
            yield ("services", ssr, "most"), "wanted a whole number from 0 on"
        if service.most is not None and ssr in UNCOUNTED_SSRS:
            yield ("services", ssr, "most"), f"flights do not count {ssr}"


def _wrong_times(file: ReaccommodationFile) -> Iterator[_Wrong]:
    times = file.times
    if times.max_connections is not None and not 0 <= times.max_connections <= _MOST_CONNECTIONS:
        yield ("times", "max_connections"), f"wanted a whole number from 0 to {_MOST_CONNECTIONS}"
    if times.longest_connection and times.longest_connection.length > LONGEST_STAY:
        hours = LONGEST_STAY.total_seconds() / 3600
        yield ("times", "longest_connection"), f"wanted {hours:g} h at most: a longer stay ends a journey"


def _wrong_onto(file: ReaccommodationFile) -> Iterator[_Wrong]:
    for group in file.partners:
        if group in (OWN, ANY):
            yield ("partners", group), f"{group} has a meaning of its own: give the group another name"
        yield from _twice(file.partners[group], ("partners", group))
    if file.onto and TIERS[0] not in file.onto:
        yield ("onto",), f"{TIERS[0]} is missing: what those without a tier may be moved onto"
    groups = (OWN, ANY, *file.partners)
    for tier, names in file.onto.items():
        if tier not in TIERS:
            yield ("onto", tier), f"no such tier; there are {', '.join(TIERS)}"
        for at, name in enumerate(names):
            if name not in groups:
                yield ("onto", tier, at), f"no such group of partners; there are {', '.join(groups)}"
    used = set(chain.from_iterable(file.onto.values()))
    for group in file.partners:
        if group not in used:
            yield ("partners", group), "no tier under [onto] has this group"


def _wrong_places(file: ReaccommodationFile) -> Iterator[_Wrong]:
    for city in file.cities:
        if not _is(city, Airport):
            yield ("cities", city), "wanted a city's code, such as NYC"
    yield from _twice(list(chain.from_iterable(file.cities.values())), ("cities",))
    for airport, station in file.stations.items():
        if not _is(airport, Airport):
            yield ("stations", airport), "wanted an airport's code, such as JFK"
        if station.check_in_closes is None and station.gate_closes is None:
            yield ("stations", airport), "wanted check_in_closes, gate_closes or both"


def _wrong_cabins(file: ReaccommodationFile) -> Iterator[_Wrong]:
    for cabin, given in file.cabins.items():
        if cabin not in CABINS:
            yield ("cabins", cabin), f"no such cabin; there are {', '.join(CABINS)}"
        if not given:
            yield ("cabins", cabin), "wanted a cabin at least"
        yield from _twice(given, ("cabins", cabin))


def _wrong_connections(file: ReaccommodationFile) -> Iterator[_Wrong]:
    seen: dict[object, int] = {}
    for at, row in enumerate(file.connections):
        if row.effective_to and row.effective_to < row.effective_from:
            yield ("connections", at, "effective_to"), "ends before it begins"
        if row.station is None and (row.from_terminal or row.to_terminal):
            yield ("connections", at), "station is missing: whose terminal it is"
        place = row.station, row.from_terminal, row.to_terminal
        other = seen.setdefault((*place, row.from_, row.to, row.effective_from), at)
        if other != at:
            yield ("connections", at), f"it is for the same as connections[{other}], from the same day on"


def _twice(names: Iterable[str], path: lines.Path) -> Iterator[_Wrong]:
    yield from ((path, f"{name} is named {count} times") for name, count in Counter(names).items() if count > 1)


def _is(name: str, kind: object) -> bool:
    """Whether a name has the form of such names."""
    try:
        msgspec.convert(name, kind)
    except msgspec.ValidationError:
        return False
    return True
