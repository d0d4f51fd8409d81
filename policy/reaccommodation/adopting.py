"""From files to the set that the booker publishes. Names of groups, and what a tier has from a lower one, are worked out here:
planner, booker and audit look up what they need."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.ledger import TIERS, Tier
from contracts.names import CABINS, Carrier
from contracts.party_rules import overlay
from contracts.rules import CarrierRules, Consent, MinimumConnection, Rules, ServiceRules, StationTimes
from policy.reaccommodation.model import ANY, OWN, ConsentRule, ReaccommodationFile
from policy.spans import Span

_EVER = datetime.min.replace(tzinfo=UTC)


def adopted(base: Rules, files: Sequence[ReaccommodationFile], *, at: datetime | None = None) -> Rules:
    """The set with what the files say `at` this instant: one for everybody comes over `base`, one of carriers into the part of
    each of them. Of several that are for the same, the one that has started last counts. None: all have started."""
    rules, latest = base, _latest(files, at)
    for file in files:
        whose = [carrier for carrier in _for(file) if latest.get(carrier) is file]
        own = _own(file)
        rows = tuple(row for carrier in whose for row in _rows(file, carrier))
        connections = (*rows, *rules.connections)
        if None in whose:
            rules = structs.replace(rules, connections=connections, **overlay(rules, own))
        else:
            each = {carrier: own for carrier in whose if carrier is not None}
            rules = structs.replace(rules, connections=connections, carriers=rules.carriers | each)
    return rules


def _for(file: ReaccommodationFile) -> tuple[Carrier | None, ...]:
    """The carriers that it is for; None: everybody."""
    return file.reaccommodation.carriers or (None,)


def _latest(files: Iterable[ReaccommodationFile], at: datetime | None) -> dict[Carrier | None, ReaccommodationFile]:
    started = [(file.reaccommodation.starts, file) for file in files]
    held = [each for each in started if each[0] is None or at is None or each[0] <= at]
    held.sort(key=lambda each: each[0] or _EVER)
    return {carrier: file for _, file in held for carrier in _for(file)}


def _own(file: ReaccommodationFile) -> CarrierRules:
    times = file.times
    return CarrierRules(
        lead=_length(times.lead),
        earlier=_length(times.earlier),
        later=_length(times.later),
        max_connections=times.max_connections,
        longest_connection=_length(times.longest_connection),
        co_terminal_least=_length(times.change_of_airport),
        cities=file.cities,
        cabins={cabin: file.cabins[cabin] for cabin in CABINS if cabin in file.cabins},
        onto=dict(_onto(file)) if file.onto else None,
        stations={
            airport: StationTimes(check_in=_or_none(station.check_in_closes), gate=_or_none(station.gate_closes))
            for airport, station in file.stations.items()
        },
        services={
            ssr: ServiceRules(connection=_or_none(service.connection), most=service.most)
            for ssr, service in file.services.items()
        },
        consent=tuple(map(_consent, file.consent)) or None,
    )


def _consent(rule: ConsentRule) -> Consent:
    usual = Consent(by=None)
    return Consent(
        by=None if rule.by == "none" else rule.by,
        within=_length(rule.within) or usual.within,
        default=rule.default or usual.default,
        after=rule.after,
        marks=rule.marks,
        tiers=rule.tiers,
        ssrs=rule.ssrs,
        delay=_length(rule.delay),
    )


def _onto(file: ReaccommodationFile) -> Iterator[tuple[Tier, tuple[Carrier, ...] | None]]:
    """Each tier with the carriers. One that the file does not name has what the next lower one has that it names."""
    names: tuple[str, ...] = ()
    groups = {OWN: file.reaccommodation.carriers, **file.partners}
    for tier in TIERS:
        names = file.onto.get(tier, names)
        carriers = None if ANY in names else {carrier for name in names for carrier in groups[name]}
        yield tier, None if carriers is None else tuple(sorted(carriers))


def _rows(file: ReaccommodationFile, carrier: Carrier | None) -> Iterator[MinimumConnection]:
    for row in file.connections:
        yield MinimumConnection(
            arriving=row.from_,
            departing=row.to,
            least=row.least.length,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            station=row.station,
            source=row.source or file.reaccommodation.source,
            carrier=carrier,
            arriving_terminal=row.from_terminal,
            departing_terminal=row.to_terminal,
        )


def _length(span: Span | None) -> timedelta | None:
    return span.length if span else None


def _or_none(span: Span | None) -> timedelta:
    return span.length if span else timedelta(0)
