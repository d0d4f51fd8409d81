"""Data cannot break a subject."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus import Bus, Fact
from bus.wire.envelope import decoder
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from contracts.ledger import BOOKING
from contracts.names import Airport, Carrier, FlightKey, Id, Pnr
from contracts.plans import PLAN_PROPOSED
from contracts.subject import BadToken
from tests.bus.bus_world import changed, status

nasty = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" .*>\t\r\n$\x00")) | st.sampled_from(
    ["", ".", "*", ">", "a.b", "a..b", "a b", "a\r\nPUB x 0", "$JS", "a.>", "a\u00a0b", "a\n"]
)


@given(nasty)
def test_one_value_is_one_token_or_refused(value: str) -> None:
    """For any text: the subject has as many tokens as its pattern, and no wildcard, space or line break."""
    try:
        name = BOOKING.key(pnr=value).name
    except BadToken:
        return
    assert name.count(".") == 2
    assert not set(name) & set(" *>\t\r\n\f\v")
    assert all(name.split("."))


@given(nasty, nasty)
def test_two_pairs_never_share_a_subject(one: str, other: str) -> None:
    """A value cannot run into the next token."""
    try:
        first, second = PLAN_PROPOSED.key(pnr=one, id=other), PLAN_PROPOSED.key(pnr=other, id=one)
    except BadToken:
        return
    assert (first.name == second.name) == (one == other)


@given(nasty)
def test_a_flight_is_four_tokens_or_refused(value: str) -> None:
    """Neither more nor fewer."""
    try:
        name = FLIGHT_STATUS.key(flight=value).name
    except BadToken:
        return
    assert name.count(".") == 5


@given(nasty)
def test_a_name_that_would_break_a_subject_is_not_decoded(value: str) -> None:
    """What a foreign feed sends is checked before a subject is made of it."""
    payload = msgspec.json.encode({**msgspec.to_builtins(status(1)), "flight": f"B6.{value}.JFK.2013-02-08"})
    try:
        message = decoder(FlightStatus).decode(payload)
    except msgspec.DecodeError:
        return
    assert FLIGHT_STATUS.of(message).name.count(".") == 5


@pytest.mark.parametrize("number", ["7.8", "*", ">", "", " 7", "7\n", "12345", "\u0667"])
def test_flight_numbers_that_would_break_a_subject_are_refused(number: str) -> None:
    """Each would be another subject, several, or none."""
    payload = msgspec.json.encode({**msgspec.to_builtins(status(1)), "flight": f"B6.{number}.JFK.2013-02-08"})
    with pytest.raises(msgspec.ValidationError):
        decoder(FlightStatus).decode(payload)


@pytest.mark.parametrize(
    ("kind", "good"), [(Pnr, "ABC123"), (Id, "a-b_c"), (Airport, "JFK"), (Carrier, "B6"), (FlightKey, status(1).flight)]
)
def test_a_name_ends_where_its_line_ends(kind: Any, good: str) -> None:
    """A line break at its end would break the protocol."""
    assert msgspec.convert(good, kind) == good
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good + "\n", kind)


@pytest.mark.parametrize("value", ["\ud800", "a\x00b", "a\n", "\n"], ids=ascii)
def test_text_that_cannot_be_sent_is_no_token(value: str) -> None:
    """Half a surrogate pair has no UTF-8."""
    with pytest.raises(BadToken):
        BOOKING.key(pnr=value)


async def test_a_key_is_the_subject_that_the_server_uses(bus: Bus, nc: Client) -> None:
    """An emitted message is found under the key made of its fields, and matched by its subject's filter."""
    heard = await nc.subscribe(FLIGHT_CHANGED.filter)
    await bus.emit_once([Fact(FLIGHT_CHANGED.of(changed(1)))])
    assert (await heard.next_msg(timeout=2)).subject == FLIGHT_CHANGED.key(flight=changed(1).flight, n=1).name
    await heard.unsubscribe()
