"""Reads case files."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from bus.airports import zones
from contracts.flights import FlightStatus
from contracts.judgement import Wishes
from contracts.ledger import Booking, Journey, Leg, Party, Ticket
from contracts.money import whole_fare
from contracts.names import Airport, Cabin, FlightKey, Pnr, day_of, origin_of
from contracts.weather import WeatherObserved
from irops.evaluation.case import Case, Expected
from irops.evaluation.errors import BadCase, Wrong, line_of, within
from irops.evaluation.written import WrittenCase, WrittenExpected, WrittenStatus, WrittenWishes
from irops.lines.faults import in_words

_DECODE = msgspec.json.Decoder(WrittenCase).decode
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def read_cases(folder: Path) -> list[Case]:
    """Every `*.json` in the folder, by name. Raises `BadCase` with a line for each bad file, and `OSError`."""
    cases, errors = [], []
    for file in sorted(folder.glob("*.json")):
        try:
            cases.append(read_case(file.stem, file.read_bytes()))
        except BadCase as bad:
            errors.append(f"{file}{bad}")
    if errors:
        raise BadCase("\n".join(errors))
    return cases


def read_case(name: str, text: bytes) -> Case:
    """Raises `BadCase`, whose text follows the file's name."""
    try:
        try:
            written = _DECODE(text)
        except msgspec.ValidationError:
            raise BadCase(f": {in_words(msgspec.json.decode(text), WrittenCase)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise BadCase(f"{line_of(text, str(failure))}: not JSON in UTF-8: {failure}") from None
    try:
        return _Reader(written).case(name)
    except Wrong as wrong:
        raise BadCase(f": {wrong}") from None


class _Reader:
    """Reads one file; its times are local to their airports."""

    def __init__(self, written: WrittenCase) -> None:
        self._written = written
        self._home = origin_of(written.flights[0].flight)
        self._flights: dict[FlightKey, FlightStatus] = {}

    def case(self, name: str) -> Case:
        written = self._written
        starts = self._time("starts", written.starts, self._home)
        for i, flight in enumerate(written.flights):
            with within(f"flights[{i}]"):
                if flight.flight in self._flights:
                    raise Wrong("flight", flight.flight, "each flight once")
                self._flights[flight.flight] = self._scheduled(i, starts)
        return Case(
            name=name,
            why=written.why,
            starts=starts,
            flights=tuple(self._flights.values()),
            weather=tuple(self._weather(starts)),
            bookings=tuple(self._bookings()),
            happens=tuple(self._happens(starts)),
            expected=self._expected(),
        )

    def _scheduled(self, i: int, starts: datetime) -> FlightStatus:
        flight = self._written.flights[i]
        origin = origin_of(flight.flight)
        departs = self._time("departs", flight.departs, origin)
        arrives = self._time("arrives", flight.arrives, flight.destination)
        day = day_of(flight.flight)
        if departs.astimezone(zones()[origin]).date() != day:
            raise Wrong("departs", flight.departs, f"a time on {day}, the date in the flight's name")
        if not departs < arrives:
            raise Wrong("arrives", flight.arrives, "a time after its departure")
        if not any(flight.seats.values()):
            raise Wrong("seats", flight.seats, "at least one")
        return FlightStatus(
            flight=flight.flight,
            destination=flight.destination,
            observed_at=starts,
            scheduled_departure=departs,
            scheduled_arrival=arrives,
            seats=flight.seats,
        )

    def _weather(self, starts: datetime) -> Iterator[WeatherObserved]:
        for i, seen in enumerate(self._written.weather):
            with within(f"weather[{i}]"):
                at = self._time("observed_at", seen.observed_at, seen.airport) if seen.observed_at else starts
                yield WeatherObserved(**structs.asdict(seen) | {"observed_at": at})

    def _bookings(self) -> Iterator[Booking]:
        seen: set[Pnr] = set()
        for i, booking in enumerate(self._written.bookings):
            with within(f"bookings[{i}]"):
                if booking.pnr in seen:
                    raise Wrong("pnr", booking.pnr, "each PNR once")
                seen.add(booking.pnr)
                flights = self._known("flights", booking.flights)
                if not flights:
                    raise Wrong("flights", booking.flights, "the flights of its ticket")
                party = structs.asdict(booking.party)
                party["paid"] = whole_fare(party.pop("fare"))
                party["seats"] = booking.party.passengers if booking.party.seats is None else booking.party.seats
                yield Booking(
                    pnr=booking.pnr,
                    party=Party(**party, contact=f"{booking.pnr.lower()}@example.org"),
                    journeys=(
                        Journey(
                            ticket=Ticket(
                                origin=origin_of(flights[0].flight),
                                destination=flights[-1].destination,
                                departs=flights[0].scheduled_departure,
                                arrives=flights[-1].scheduled_arrival,
                                flights=booking.flights,
                            ),
                            legs=tuple(_leg(flight, booking.party.cabin) for flight in flights),
                        ),
                    ),
                )

    def _happens(self, starts: datetime) -> Iterator[FlightStatus]:
        before = starts
        for i, status in enumerate(self._written.happens):
            with within(f"happens[{i}]"):
                (flight,) = self._known("flight", (status.flight,))
                at = self._time("at", status.at, self._home)
                if not before < at:
                    raise Wrong("at", status.at, "a time after the previous one, and after the start of the case")
                before = at
                yield self._status(status, flight, at)

    def _status(self, status: WrittenStatus, flight: FlightStatus, at: datetime) -> FlightStatus:
        origin, lands = origin_of(flight.flight), status.diverted_to or flight.destination
        places = {"estimated_departure": origin, "departed_at": origin, "estimated_arrival": lands, "arrived_at": lands}
        times: dict[str, Any] = {
            field: self._time(field, text, place) for field, place in places.items() if (text := getattr(status, field))
        }
        if status.diverted_to is not None:
            self._zone("diverted_to", status.diverted_to)
        return structs.replace(
            flight,
            observed_at=at,
            cancelled=status.cancelled,
            diverted_to=status.diverted_to,
            seats=status.seats,
            **times,
        )

    def _expected(self) -> dict[Pnr, Expected]:
        found = {}
        for i, booking in enumerate(self._written.bookings):
            if booking.expect is not None:
                with within(f"bookings[{i}].expect"):
                    ticket = [self._flights[flight] for flight in booking.flights]
                    found[booking.pnr] = self._answer(booking.expect, ticket)
        if not found:
            raise Wrong(
                "bookings", [booking.pnr for booking in self._written.bookings], "an `expect` for at least one of them"
            )
        return found

    def _answer(self, expect: WrittenExpected, ticket: list[FlightStatus]) -> Expected:
        for i, option in enumerate(expect.options):
            self._known(f"options[{i}]", option)
        stranded = expect.ledger.state == "stranded"
        if stranded == bool(expect.options):
            raise Wrong("options", expect.options, "none for a stranded party" if stranded else "at least one")
        flights = expect.ledger.flights
        with within("ledger"):
            self._known("flights", flights or ())
        with within("wishes"):
            wishes = self._wishes(expect.wishes, ticket) if expect.wishes is not None else None
        return Expected(
            wishes=wishes,
            options=expect.options,
            cabin=expect.cabin,
            state=expect.ledger.state,
            ends=((),) if stranded else expect.options if flights is None else (flights,),
        )

    def _wishes(self, wishes: WrittenWishes, ticket: list[FlightStatus]) -> Wishes:
        by, after = wishes.arrive_by, wishes.depart_after
        return Wishes(
            **structs.asdict(wishes)
            | {
                "arrive_by": self._time("arrive_by", by, ticket[-1].destination) if by else None,
                "depart_after": self._time("depart_after", after, origin_of(ticket[0].flight)) if after else None,
            }
        )

    def _known(self, field: str, flights: Iterable[FlightKey]) -> list[FlightStatus]:
        for flight in flights:
            if flight not in self._flights:
                raise Wrong(field, flight, "one of the flights of this file")
        return [self._flights[flight] for flight in flights]

    def _time(self, field: str, text: str, airport: Airport) -> datetime:
        """In UTC."""
        zone = self._zone(field, airport)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
        if at is None or not _LOCAL.fullmatch(text):
            raise Wrong(
                field, text, "a local time such as 2013-02-08 18:00, or an instant such as 2013-02-08T23:00:00Z"
            )
        if _offset(at, zone, 0) != _offset(at, zone, 1):
            raise Wrong(field, text, f"an instant, because this local time is ambiguous or skipped in {airport}")
        return at.replace(tzinfo=zone).astimezone(UTC)

    def _zone(self, field: str, airport: Airport) -> ZoneInfo:
        if airport not in zones():
            raise Wrong(field, airport, "an airport whose time zone is known")
        return zones()[airport]


def _offset(at: datetime, zone: ZoneInfo, fold: int) -> timedelta | None:
    return at.replace(tzinfo=zone, fold=fold).utcoffset()


def _leg(flight: FlightStatus, cabin: Cabin) -> Leg:
    return Leg(
        flight=flight.flight,
        destination=flight.destination,
        cabin=cabin,
        departs=flight.scheduled_departure,
        arrives=flight.scheduled_arrival,
    )
