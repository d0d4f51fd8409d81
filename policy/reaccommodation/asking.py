"""What a set of re-accommodation rules comes to for one kind of party, in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import get_args

import msgspec
from msgspec import Struct, structs

from contracts.ledger import Answerer, Disruption, Mark, Party, Ticket, Tier
from contracts.names import Airport, Cabin, Carrier
from contracts.party_rules import PartyRules
from contracts.passengers import Ssr
from contracts.rules import UNKNOWN_TERMINALS, Consent, Default, Reach, Rules
from policy.facts import BadCase
from policy.spans import Span

_REACHES: tuple[Reach, ...] = get_args(Reach)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


_WANTED = {
    "carrier": "an airline's code, such as HB",
    "tier": "a tier, such as gold",
    "cabin": "first, business, premium or economy",
    "ssr": "codes of special services, such as WCHR,BLND",
    "station": "an airport's code, such as JFK",
    "on": "a day, such as 2026-07-01",
    "after": f"what has happened: {', '.join(get_args(Disruption))}",
    "marks": f"none, or marks of the trip: {', '.join(get_args(Mark))}",
    "delay": "how much later the trip arrives, such as '3 h'",
}
_WHOSE: dict[Answerer | None, str] = {
    "party": "the party's",
    "desk": "the desk's",
    "system": "the reservation system's",
}
_WHOSE |= {None: "no one's"}
_ELSE: dict[Default, str] = {"take": "the first trip is booked", "leave": "none is booked"}


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kind of party, as far as rules ask, and what is asked about."""

    carrier: Carrier
    """That sold the ticket."""
    tier: Tier = "none"
    cabin: Cabin | None = None
    """Paid for; None: cabins are not asked about."""
    ssr: tuple[Ssr, ...] = ()
    station: Airport | None = None
    """None: no station is asked about."""
    on: date | None = None
    """The day of the connection; wanted where a station is asked about."""
    after: Disruption | None = None
    """What has happened; this and what follows are asked about for consent. None: not known."""
    marks: tuple[Mark, ...] | None = None
    """Those of the trip. None: not known."""
    delay: Span | None = None
    """How much later than the ticket's the trip arrives. None: not known."""


def read_question(raw: Mapping[str, object], carriers: tuple[Carrier, ...]) -> Question:
    """The question that a command line asks of a file for these carriers; of one carrier, its name need not be given.

    Raises `BadCase`, which names what is wrong.
    """
    known = {**({"carrier": carriers[0]} if len(carriers) == 1 else {}), **{name: str(raw[name]) for name in raw}}
    if unknown := known.keys() - set(Question.__struct_fields__):
        raise BadCase(f"{min(unknown)}: no such fact; there are {', '.join(Question.__struct_fields__)}")
    if "carrier" not in known:
        raise BadCase("carrier: wanted the one that sold the ticket, such as carrier=HB")
    if "station" in known and "on" not in known:
        raise BadCase("on: wanted the day of a connection at the station, such as on=2026-07-01")
    for name, value in known.items():
        try:
            _read({"carrier": "XX", name: value})
        except msgspec.ValidationError as error:
            raise BadCase(f"{name}: wanted {_WANTED[name]}, not {value!r}") from error
    return _read(known)


def _read(raw: Mapping[str, str]) -> Question:
    lists = {name: tuple(raw[name].split(",")) for name in ("ssr", "marks") if name in raw}
    if lists.get("marks") == ("none",):
        lists["marks"] = ()
    return msgspec.convert({**raw, **lists}, Question, strict=False, dec_hook=lambda kind, value: kind.parse(value))


def answered(rules: Rules, question: Question, *, consent_at: Sequence[str] = ()) -> Iterator[str]:
    """Line by line. `consent_at`: where each rule of consent for such a party is written."""
    own = _party(rules, question)
    onto = (
        "of any carrier"
        if own.permitted is None
        else f"of {', '.join(sorted(own.permitted))}, and others on the ticket"
    )
    yield f"flights      {onto}"
    yield f"leaves       {_length(own.lead)} from now or later"
    yield f"             at most {_length(own.earlier)} before the ticketed departure, and {_length(own.later)} after it"
    if question.station and (closes := own.stations.get(question.station)):
        begins = _length(max(closes.check_in, closes.gate))
        yield f"             before {question.station} closes: {begins} to departure, {_length(closes.gate)} between flights"
    extra = f", {_length(own.extra)} more than others need" if own.extra else ""
    yield f"connections  at most {own.max_connections}, of at most {_length(own.longest_connection)}{extra}"
    if question.station and question.on:
        yield from _minimums(own, question.station, question.on)
    if question.cabin:
        yield f"cabin        {', else '.join(own.cabins[question.cabin])}"
    for ssr in question.ssr:
        if ssr in own.services and (most := own.services[ssr].most) is not None:
            yield f"services     at most {most} {ssr} on a flight"
    label = "consent"
    for line in _consent(own, question, consent_at):
        yield f"{label:<13}{line}"
        label = ""


def _party(rules: Rules, question: Question) -> PartyRules:
    """The set of such a party. What its ticket has besides its seller, and what the party is besides these facts, decides
    nothing."""
    flight = f"{question.carrier}.1.{question.station or 'XXX'}.2000-01-01"
    ticket = Ticket(origin="XXX", destination="XXX", departs=_EVER, arrives=_EVER, flights=(flight,))
    party = Party(passengers=1, seats=1, cabin="economy", tier=question.tier, ssrs=question.ssr)
    return PartyRules(**structs.asdict(rules)).of(ticket, party)


def _consent(own: PartyRules, question: Question, at: Sequence[str]) -> Iterator[str]:
    """The rules that may decide whose yes is needed, in order, each with what of it is not known to hold."""
    otherwise = ""
    for number, rule in enumerate(own.consent):
        not_known = _not_known(rule, question)
        if not_known is None:
            continue
        asked = f", within {_length(rule.within)}; without an answer {_ELSE[rule.default]}" if rule.by else ""
        yield f"{', '.join([_WHOSE[rule.by], *not_known])}{asked}{f' ({at[number]})' if at else ''}"
        if not not_known:
            return
        otherwise = "else "
    yield f"{otherwise}{_WHOSE[None]}"


def _not_known(rule: Consent, question: Question) -> list[str] | None:
    """The conditions of the rule that the question leaves open, in words; None where one does not hold."""
    after, marks, delay = question.after, question.marks, question.delay
    if (
        (rule.tiers and question.tier not in rule.tiers)
        or (rule.ssrs and not set(rule.ssrs).intersection(question.ssr))
        or (rule.after and after is not None and after not in rule.after)
        or (rule.marks and marks is not None and not set(rule.marks).intersection(marks))
        or (rule.delay is not None and delay is not None and delay.length < rule.delay)
    ):
        return None
    found = []
    if rule.after and after is None:
        found.append(f"after {_or(rule.after)}")
    if rule.marks and marks is None:
        found.append(f"with the mark {_or(rule.marks)}")
    if rule.delay is not None and delay is None:
        found.append(f"{_length(rule.delay)} late or more")
    return found


def _or(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _minimums(own: PartyRules, station: Airport, on: date) -> Iterator[str]:
    """Of the whole station, then between terminals."""
    for arriving, departing in product(_REACHES, repeat=2):
        least = own.minimum_at(station, arriving=arriving, departing=departing, on=on, carrier=own.carrier)
        yield f"  {station}        {arriving} to {departing}: {_length(least + own.extra)}"
    for row in own.connections:
        terminals = (row.arriving_terminal, row.departing_terminal)
        if row.station != station or terminals == UNKNOWN_TERMINALS or row.carrier not in (None, own.carrier):
            continue
        least = own.minimum_at(
            station, arriving=row.arriving, departing=row.departing, on=on, carrier=own.carrier, terminals=terminals
        )
        between = f"terminal {terminals[0] or 'any'} to {terminals[1] or 'any'}"
        yield f"  {station}        {row.arriving} to {row.departing}, {between}: {_length(least + own.extra)}"


def _length(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes >= 48 * 60 and minutes % (24 * 60) == 0:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60} h" if minutes >= 120 and minutes % 60 == 0 else f"{minutes} min"
