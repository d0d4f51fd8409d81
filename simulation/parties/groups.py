"""The parties in one cabin of one flight. The hot loop of seeding, with one table look-up for each trait."""

from collections.abc import Iterator
from random import Random

from contracts.ledger import Booking, Journey, Leg, Party, Ticket
from contracts.money import whole_fare
from contracts.names import Cabin, Pnr
from simulation.parties import shares
from simulation.parties.fares import LOWEST, SPREAD, full_fare
from simulation.parties.remarks import remark
from simulation.record import RecordedFlight


def parties_of(
    recorded: RecordedFlight, cabin: Cabin, *, seats: int, pnrs: Iterator[Pnr], arrival_hour: int, rng: Random
) -> Iterator[Booking]:
    """Parties that take exactly these seats; the last one is cut to fit. `arrival_hour`: local at the destination."""
    departs, arrives = recorded.scheduled_departure, recorded.scheduled_arrival
    origin, destination = recorded.origin, recorded.destination
    ticket = Ticket(
        origin=origin, destination=destination, departs=departs, arrives=arrives, flights=(recorded.flight,)
    )
    legs = (Leg(flight=recorded.flight, destination=destination, cabin=cabin, departs=departs, arrives=arrives),)
    journeys = (Journey(ticket=ticket, legs=legs),)
    languages = shares.SPANISH if destination in shares.SPANISH_SPEAKING else shares.LANGUAGES
    tiers, fare, draw = shares.TIERS[cabin], full_fare(recorded.distance_miles, cabin), rng.random
    while seats > 0:
        passengers = min(shares.SIZES[int(draw() * 1000)], seats)
        needs = shares.ALONE if passengers == 1 else shares.PAIR if passengers == 2 else shares.FAMILY
        ssrs = needs[int(draw() * 1000)]
        taken = passengers - 1 if "INFT" in ssrs else passengers  # an infant sits on a lap
        seats -= taken
        language = languages[int(draw() * 1000)]
        if language != "en" and draw() < shares.SPEAKS_LITTLE_ENGLISH:
            ssrs = (*ssrs, "LANG")
        text = ""
        if draw() < shares.REMARKS:
            text = remark(
                rng,
                language=language,
                together=passengers > 1,
                origin=origin,
                destination=destination,
                arrival_hour=arrival_hour,
            )
        pnr = next(pnrs)
        party = Party(
            passengers=passengers,
            seats=taken,
            cabin=cabin,
            paid=whole_fare(int(fare * (LOWEST + SPREAD * draw())) * taken),
            tier=tiers[int(draw() * 1000)],
            language=language,
            contact=f"{pnr.lower()}@example.invalid",
            preference=shares.PREFERENCES[int(draw() * 1000)],
            ssrs=ssrs,
            remark=text,
        )
        yield Booking(pnr=pnr, party=party, journeys=journeys)
