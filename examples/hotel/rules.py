"""Who gets a voucher: rules as data, and one decision without input or output."""

import math
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta, tzinfo
from pathlib import Path

import msgspec
from msgspec import Struct

from bus import Environment
from contracts.ledger import BookingStranded
from contracts.names import Airport
from examples.hotel.contract import HotelStay, VoucherIssued

DEFAULT = Path(__file__).with_name("rules.toml")


class Rules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of `rules.toml`; amounts in whole US dollars, hours local to the airport, 0 to 23."""

    people_per_room: int
    room_usd: int
    evening_hour: int
    morning_hour: int
    airport_room_usd: dict[Airport, int] = {}


def from_environment(variables: Mapping[str, str]) -> Rules:
    """`HOTEL_RULES`: the file with the rules; the one beside this module where it is not set. Raises `ValueError`."""
    rules = Environment(variables).read("HOTEL_RULES", default=None, parse=_read, wanted="a file like rules.toml")
    return rules or _read(str(DEFAULT))


def _read(path: str) -> Rules:
    try:
        return msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), Rules)
    except OSError as failure:
        raise ValueError(path) from failure


def voucher(
    fact: BookingStranded, *, passengers: int, stay: HotelStay | None, zone: tzinfo, rules: Rules
) -> VoucherIssued | None:
    """The voucher for a stranded party, or None: it is not night yet, or the party has a room for this night.

    `zone`: the time zone of the airport where the party waits. `stay`: the last night it has a room for."""
    night = night_of(fact, zone=zone, rules=rules)
    if night is None or (stay is not None and stay.night >= night):
        return None
    rooms = math.ceil(passengers / rules.people_per_room)
    return VoucherIssued(
        pnr=fact.pnr,
        id=fact.id,
        airport=fact.origin,
        night=night,
        rooms=rooms,
        usd=rooms * rules.airport_room_usd.get(fact.origin, rules.room_usd),
        issued_at=fact.decided_at,
    )


def night_of(fact: BookingStranded, *, zone: tzinfo, rules: Rules) -> date | None:
    """The date on which the night begins that the party spends where it waits; None by day."""
    local = fact.decided_at.astimezone(zone)
    if local.hour >= rules.evening_hour:
        return local.date()
    return local.date() - timedelta(days=1) if local.hour < rules.morning_hour else None
