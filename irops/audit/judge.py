"""The audit itself: every figure, each with the first few findings behind it."""

from dataclasses import dataclass

from irops.audit.answers import latest_facts, on_dead_flights, unanswered, unnotified
from irops.audit.legal import TripRules, stranded_beside_a_seat
from irops.audit.seats import double_booked, mismatches, oversold, taken_by
from irops.audit.streams import Streams
from irops.audit.trips import illegal
from irops.audit.wishes import misreported


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Who was hit, by the last state of the booking; `parties` is the sum of the three after it."""

    parties: int
    rebooked: int
    kept: int
    stranded: int
    passengers: int
    """People in those parties."""
    forgotten: int
    """Parties of these whose facts have expired: whether they were told can't be known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Figures of fault: each is 0 when all is well."""

    oversold_seats: int
    """Seats that bookings hold beyond the capacity of a flight's cabin, summed over all flights and cabins."""
    ledger_mismatches: int
    """Seats the ledger has otherwise than the bookings, flights whose ledger is not where the monitor's count is, and flights
    still to come that it lacks."""
    double_booked_parties: int
    """Parties that hold seats on a flight outside their booking, are on a flight twice, or on two flights at one time."""
    unnotified_parties: int
    """Affected parties whose latest fact has neither been sent nor recorded as impossible to send, or was sent as if an earlier
    one had been that was not."""
    parties_on_dead_flights: int
    """Parties not stranded that have a leg on a cancelled flight."""
    unanswered_parties: int
    """Parties named by a disruption of a flight they still have that were not answered for it."""
    stranded_beside_a_legal_seat: int
    """Stranded parties for which, each by itself, a legal trip with seats exists."""
    illegal_trips: int
    """Parties moved to flights that do not lead, or can't be caught, from where they were to where their ticket ends; or told
    other times than those of their flights."""
    wishes_misreported: int
    """Parties whose latest fact has a wish as met that the legs of their booking do not meet."""
    affected: Affected
    findings: dict[str, tuple[str, ...]]
    """Per figure that is not 0, the first findings in words, naming flights and parties by key only."""

    @property
    def clean(self) -> bool:
        """No fault of any kind."""
        return not self.findings


def audit(streams: Streams, *, rules: TripRules | None = None) -> Audit:
    """Judges the final streams by `rules` of legality (the default ones if none are given)."""
    rules = rules or TripRules()
    taken, latest = taken_by(streams.bookings), latest_facts(streams)
    found = {
        "oversold_seats": oversold(taken, streams.seats),
        "ledger_mismatches": mismatches(streams),
        "double_booked_parties": double_booked(streams),
        "unnotified_parties": unnotified(streams, latest),
        "parties_on_dead_flights": on_dead_flights(streams),
        "unanswered_parties": unanswered(streams),
        "stranded_beside_a_legal_seat": stranded_beside_a_seat(streams, taken, latest, rules=rules),
        "illegal_trips": illegal(streams, rules=rules),
        "wishes_misreported": misreported(streams, latest, rules=rules),
    }
    return Audit(
        **{name: findings.count for name, findings in found.items()},
        affected=_affected(streams),
        findings={name: tuple(findings.shown) for name, findings in found.items() if findings.count},
    )


def _affected(streams: Streams) -> Affected:
    parties = {"ticketed": 0, "rebooked": 0, "kept": 0, "stranded": 0}
    passengers = forgotten = 0
    for pnr, booking in streams.bookings.items():
        parties[booking.state] += 1
        if booking.state != "ticketed":
            passengers += booking.party.passengers
            forgotten += pnr in streams.forgotten
    rebooked, kept, stranded = parties["rebooked"], parties["kept"], parties["stranded"]
    return Affected(
        parties=rebooked + kept + stranded,
        rebooked=rebooked,
        kept=kept,
        stranded=stranded,
        passengers=passengers,
        forgotten=forgotten,
    )
