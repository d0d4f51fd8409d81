"""A small, sound world as the streams hold it; each test breaks it in one place.

B6.1 is cancelled. R was on it and is rebooked to B6.2: an old woman in a wheelchair, and a child. K was on B6.2 all along and
keeps it, an hour later; S finds no seat; T is on B6.3, untouched. B6.2 has two seats left, fewer than S needs.
"""

from dataclasses import replace as but
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from contracts.flights import Flight, FlightChanged, FlightStatus, Phase
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Holding,
    JourneyState,
    Leg,
    Party,
    Schedule,
    SeatLedger,
    SeatsDisrupted,
    Ticket,
    WaitlistEntry,
)
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of
from contracts.notices import NoticeSent
from contracts.passengers import Passenger, Service, Ssr
from contracts.rules import Rules, RulesAdopted, RulesInForce
from irops.audit import Streams
from tests.single_journey import single

NOW = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
HEARD = NOW - timedelta(minutes=1)
"""When the feed learnt what has happened."""
HORIZON = NOW + timedelta(days=3)


def key(number: int, origin: Airport = "JFK") -> FlightKey:
    return f"B6.{number}.{origin}.2013-02-08"


DEAD, LATE, FINE = key(1), key(2), key(3)
GRANDMOTHER = Passenger(id="1", name="Ana Lee", kind="adult", age=71, services=(Service(ssr="WCHR"),))
CHILD = Passenger(id="2", name="Bo Lee", kind="child")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def flight(
    flight: FlightKey,
    destination: Airport = "SFO",
    *,
    departs: timedelta = timedelta(hours=2),
    block: timedelta = timedelta(hours=6),
    economy: int = 10,
    first: int = 0,
    phase: Phase = "scheduled",
    last_disruption: int = 0,
) -> tuple[Flight, SeatLedger]:
    """An empty flight departing this long after `NOW`, as monitor and ledger have it. What changed it has expired."""
    capacity: dict[Cabin, int] = {"economy": economy, "first": first}
    leaves, lands = NOW + departs, NOW + departs + block
    last_change = 1 if phase == "scheduled" else 3
    state = Flight(
        flight=flight, destination=destination, phase=phase, last_change=last_change, seats=capacity, observed_at=HEARD,
        scheduled_departure=leaves, scheduled_arrival=lands, departs=leaves, arrives=lands,
        announced_departure=leaves, announced_arrival=lands,
    )  # fmt: skip
    ledger = SeatLedger(
        flight=flight, destination=destination, phase=phase, departs=leaves, arrives=lands, capacity=capacity,
        last_change=last_change, last_fact=last_disruption, last_disruption=last_disruption,
        last_for_all=last_disruption,
    )  # fmt: skip
    return state, ledger


def leg(ledger: SeatLedger, *, cabin: Cabin = "economy", answered: int | None = None) -> Leg:
    return Leg(
        flight=ledger.flight,
        destination=ledger.destination,
        cabin=cabin,
        departs=ledger.departs,
        arrives=ledger.arrives,
        answered=ledger.last_disruption if answered is None else answered,
    )


def booking(
    pnr: Pnr,
    sold: SeatLedger,
    *legs: Leg,
    state: JourneyState = "ticketed",
    plan: str = "",
    seats: int = 2,
    ssrs: tuple[Ssr, ...] = (),
) -> Booking:
    """A party whose ticket is for the flight `sold`, and whose trip is `legs`."""
    ticket = Ticket(
        origin=origin_of(sold.flight),
        destination=sold.destination,
        departs=sold.departs,
        arrives=sold.arrives,
        flights=(sold.flight,),
    )
    party = Party(passengers=seats, seats=seats, cabin="economy", ssrs=ssrs, language="en")
    return single(pnr, party, ticket=ticket, legs=legs, state=state, last_fact=plan)


def sound() -> Streams:
    """The world described above, from its feed to its notices."""
    gone, late_now, fine_now = (
        flight(DEAD, departs=hours(1), last_disruption=1),
        flight(LATE, departs=hours(2), economy=6, last_disruption=1),
        flight(FINE, "BOS", departs=hours(3)),
    )
    cancelled = replace(gone[0], phase="cancelled", last_change=2)
    retimed = replace(
        late_now[0],
        last_change=2,
        scheduled_departure=late_now[0].departs - hours(1),
        scheduled_arrival=late_now[0].arrives - hours(1),
    )
    dead = replace(gone[1], phase="cancelled", last_change=2, lost_by={"R": 1, "S": 1})
    scheduled = Schedule(retimed.scheduled_departure, retimed.scheduled_arrival)
    late, fine = replace(late_now[1], last_change=2, schedule=scheduled), fine_now[1]
    on_time = replace(leg(late), departs=late.departs - hours(1), arrives=late.arrives - hours(1), answered=0)
    as_sold = replace(late, departs=on_time.departs, arrives=on_time.arrives, schedule=None)
    moved = booking("R", dead, leg(late), state="rebooked", plan="pR", ssrs=("CHLD", "WCHR"))
    moved = replace(moved, passengers=(GRANDMOTHER, CHILD))
    kept = booking("K", as_sold, leg(late), state="kept", plan="pK")
    stranded = booking("S", dead, state="stranded", plan="pS", seats=5)
    untouched = booking("T", fine, leg(fine))
    lost = (leg(dead, answered=0),)
    return Streams(
        flights={state.flight: state for state in (cancelled, retimed, fine_now[0])},
        changes=(
            (1, FlightChanged(flight=DEAD, n=2, change="cancelled", state=cancelled)),
            (3, FlightChanged(flight=LATE, n=2, change="retimed", state=retimed)),
        ),
        statuses=(
            (1, status(cancelled, cancelled=True)),
            (2, status(retimed, estimated_departure=late.departs, estimated_arrival=late.arrives)),
        ),
        seats={
            DEAD: dead,
            LATE: replace(
                late,
                holders={"R": Holding("economy", 2), "K": Holding("economy", 2)},
                services={"WCHR": {"R": 1}},
            ),
            FINE: replace(fine, holders={"T": Holding("economy", 2)}),
        },
        bookings={b.pnr: b for b in (moved, kept, stranded, untouched)},
        waiting={
            ("S", 1): WaitlistEntry(
                pnr="S", origin="JFK", destination="SFO", seats=5, carrier="B6", ticketed=dead.departs
            )
        },
        facts=(
            (11, BookingChanged(pnr="R", id="pR", reason="cancelled", before=lost, after=moved.journeys[0].legs,
                                language="en", contact="", decided_at=NOW)),
            (12, BookingKept(pnr="K", id="pK", reason="retimed", before=(on_time,), after=kept.journeys[0].legs,
                             language="en", contact="", decided_at=NOW)),
            (13, BookingStranded(pnr="S", id="pS", reason="cancelled", before=lost, origin="JFK",
                                 destination="SFO", language="en", contact="", decided_at=NOW)),
        ),
        disrupted=(
            (1, SeatsDisrupted(flight=DEAD, n=1, kind="cancelled", parties=("R", "S"), departs=NOW, arrives=NOW)),
            (2, SeatsDisrupted(flight=LATE, n=1, kind="retimed", parties=("K",), departs=NOW, arrives=NOW)),
        ),
        sent=tuple(NoticeSent(pnr=pnr, id=f"p{pnr}", channel="maildir", sent_at=NOW) for pnr in "RKS"),
        now=NOW,
        horizon=HORIZON,
    )  # fmt: skip


def status(state: Flight, **fields: Any) -> FlightStatus:
    """What a feed reported at `HEARD` of this flight, besides its schedule."""
    return FlightStatus(
        flight=state.flight,
        destination=state.destination,
        observed_at=HEARD,
        scheduled_departure=state.scheduled_departure,
        scheduled_arrival=state.scheduled_arrival,
        **fields,
    )


def with_flight(streams: Streams, added: tuple[Flight, SeatLedger]) -> Streams:
    """The world with one more flight, or another in its place."""
    state, ledger = added
    return but(
        streams,
        flights={**streams.flights, state.flight: state},
        seats={**streams.seats, ledger.flight: ledger},
    )


def with_booking(streams: Streams, added: Booking) -> Streams:
    """The world with one more booking, or another in its place; the ledger is left as it is."""
    return but(streams, bookings={**streams.bookings, added.pnr: added})


def with_ledger(streams: Streams, ledger: SeatLedger) -> Streams:
    """The world with another ledger of a flight."""
    return but(streams, seats={**streams.seats, ledger.flight: ledger})


def decided_by(streams: Streams, version: int) -> Streams:
    """The world whose decisions name this set of rules."""
    return but(
        streams,
        facts=[(at, replace(fact, rules=version)) for at, fact in streams.facts],
        disrupted=[(at, replace(fact, rules=version)) for at, fact in streams.disrupted],
    )


def by(streams: Streams, *sets: Rules, decided: int) -> Streams:
    """The world with these sets, adopted one after another; all its decisions name this one, which was in force."""
    adopted = [RulesAdopted(version=n, rules=rules, since=HEARD) for n, rules in enumerate(sets, start=1)]
    last = adopted[-1]
    return but(
        decided_by(streams, decided),
        adopted=[(each.version - decided if each.version <= decided else 99, each) for each in adopted],
        in_force=[RulesInForce(version=last.version, rules=last.rules, since=last.since)],
    )
