"""Bookings that were split: whether all people, seats and money are in one of the two, and no minor was parted.

What should have become of a split is derived from the reservation system's own messages: from what it reported of the booking
before, and of the two after. The booker's facts say what has become of it, and are counted by themselves.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from contracts.ledger import Booking
from contracts.money import PaidItem
from contracts.names import Pnr
from contracts.passengers import Passenger
from contracts.reservations import BookingAmended, BookingContradicted, ReservationStatus
from irops.audit.streams import ReservationFact, Streams

_OF_A_MINOR = ("UMNR", "INFT", "CHLD")


def each_of(status: ReservationStatus) -> tuple[ReservationStatus, ...]:
    """What the status says of each booking that it is about."""
    split = status.split_from
    if split is None:
        return (status,)
    left = ReservationStatus(pnr=split.pnr, version=split.version, booking=split.booking)
    return left, ReservationStatus(pnr=status.pnr, version=status.version, booking=status.booking)


def split_wrongly(
    facts: Sequence[ReservationFact], all_facts: Mapping[Pnr, Sequence[ReservationFact]], streams: Streams
) -> Iterator[str]:
    """What is wrong with the split by which this booking came to be, by its facts and by the message that reported it."""
    others = {fact.id: fact for own in all_facts.values() for fact in own}
    reported = {(status.pnr, status.version): status for _, status in streams.reservations}
    for fact in facts:
        if isinstance(fact, BookingAmended) and fact.follows:
            status = reported.get((fact.pnr, fact.version))
            if status is not None and status.split_from is None:
                yield f"is split from another by the fact about version {fact.version}, and not by that version"
            yield from _by_facts(fact, others.get(fact.follows), gone=streams.redacted or not streams.whole)
    by_version = {fact.version: fact for fact in facts}
    for _, status in streams.reservations:
        if status.split_from is None or status.booking is None or not facts or facts[0].pnr != status.pnr:
            continue
        decided = by_version.get(status.version)
        left = next(
            (each for each in all_facts.get(status.split_from.pnr, ()) if each.version == status.split_from.version),
            None,
        )
        if decided is not None and left is not None:
            before = _before(status.split_from.pnr, status.split_from.version, all_facts, streams)
            yield from _by_message(status, before, decided, left)


def _by_facts(new: BookingAmended, left: ReservationFact | None, *, gone: bool) -> Iterator[str]:
    if left is None:
        if not gone:
            yield f"was split from a booking by version {new.version}, of which there is no fact"
        return
    if not isinstance(left, BookingAmended) or left.before is None or left.pnr == new.pnr:
        yield f"was split by version {new.version} from a booking that was not split"
        return
    for what in ("passengers", "seats"):
        had, has = getattr(left.before, what), getattr(left.after, what) + getattr(new.after, what)
        if had != has:
            yield f"was split by version {new.version} from a booking of {had} {what}, and the two have {has}"
    if new.before is not None or new.journeys or left.journeys:
        yield f"was split from another by version {new.version}, and more than that was changed"
    if new.decided_at != left.decided_at:
        yield f"was split by version {new.version} at another time than the other booking was"


def _before(
    pnr: Pnr, version: int, all_facts: Mapping[Pnr, Sequence[ReservationFact]], streams: Streams
) -> Booking | None:
    """The booking before it was split, as the reservation system reported it; None if that is not on record."""
    applied = [
        fact.version
        for fact in all_facts.get(pnr, ())
        if fact.version < version and not isinstance(fact, BookingContradicted)
    ]
    return next(
        (
            each.booking
            for _, status in streams.reservations
            for each in each_of(status)
            if applied and (each.pnr, each.version) == (pnr, applied[-1])
        ),
        None,
    )


def _by_message(
    status: ReservationStatus, before: Booking | None, new: ReservationFact, left: ReservationFact
) -> Iterator[str]:
    """`before` and the facts about the two halves against what the message has of them."""
    split, booking = status.split_from, status.booking
    assert split is not None
    assert booking is not None
    halves = split.booking, booking
    lost = before is not None and _is_lost(before, halves)
    if isinstance(new, BookingAmended) and (new.follows or isinstance(left, BookingAmended)):
        if isinstance(left, BookingAmended) and left.before is None:
            return  # the two were taken in, each by itself
        if new.follows != left.id:
            yield f"was split from another by version {status.version}, and its fact does not follow that one's"
        if lost:
            yield f"was split from another by version {status.version}, and people or money are more or fewer"
        if _are_parted(halves):
            yield f"was split from another by version {status.version}, and minors were parted from others"
    if isinstance(new, BookingContradicted):
        unfounded = {"parted": not _are_parted(halves), "not conserved": before is not None and not lost}
        if unfounded.get(new.reason):
            yield f"could be split from another by version {status.version}, and was contradicted: {new.reason}"


def _is_lost(before: Booking, halves: tuple[Booking, Booking]) -> bool:
    """Whether there is more or less in the two than before."""
    parties = [half.party for half in halves]
    counts = (before.party.passengers, before.party.seats)
    people = Counter(person.id for half in halves for person in half.passengers)
    return (
        counts != (sum(party.passengers for party in parties), sum(party.seats for party in parties))
        or (bool(before.passengers) and people != Counter(person.id for person in before.passengers))
        or _money(before.party.paid) != _money([item for party in parties for item in party.paid])
    )


def _money(items: Iterable[PaidItem]) -> Mapping[tuple[str, str], Decimal]:
    totals: dict[tuple[str, str], Decimal] = {}
    for item in items:
        key = item.kind, item.price.currency
        totals[key] = totals.get(key, Decimal(0)) + item.price.amount
    return {key: total for key, total in totals.items() if total}


def _are_parted(halves: tuple[Booking, Booking]) -> bool:
    """Whether a minor is without an adult, another minor, or someone without the one who has them in their care, who are in the
    other half. Without a list of people, any minor may be."""
    one, other = ([*half.passengers] for half in halves)
    if not one or not other:
        return any(ssr in half.party.ssrs or _asks(half, ssr) for half in halves for ssr in _OF_A_MINOR)
    home = {person.id: at for at, people in enumerate((one, other)) for person in people}
    everyone = [*one, *other]
    if any(person.escort in home and home[person.escort] != home[person.id] for person in everyone if person.escort):
        return True
    minors = {home[person.id] for person in everyone if _is_minor(person) and not person.escort}
    adults = {home[person.id] for person in everyone if not _is_minor(person)}
    return len(minors) > 1 or (bool(adults) and not minors <= adults)


def _asks(booking: Booking, ssr: str) -> bool:
    return any(
        ssr in {each.ssr for each in person.services if each.status != "refused"} for person in booking.passengers
    )


def _is_minor(person: Passenger) -> bool:
    asked = {each.ssr for each in person.services if each.status != "refused"}
    return person.kind in ("child", "infant") or (person.age is not None and person.age < 18) or "UMNR" in asked
