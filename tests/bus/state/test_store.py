"""What `load` reads and `commit` writes."""

from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus import Bus, Commit, Conflict, Delivery, Fact, Removal, Write, derived_id
from bus.admin.provision import provision
from bus.wire.api import call
from bus.wire.envelope import span_of
from contracts.flights import FLIGHT, FLIGHT_CHANGED
from contracts.ledger import SEAT_LEDGER, WAITLIST, WaitlistEntry
from contracts.streams import STREAMS
from tests.bus.admin.clusters import cluster_of_three
from tests.bus.bus_world import T0, changed, flight, name, stored
from tests.support import eventually


def write(number: int, expected: int = 0, n: int = 1) -> Write:
    return Write(FLIGHT.of(flight(number, n)), expected)


def fact(number: int, n: int = 1) -> Fact:
    return Fact(FLIGHT_CHANGED.of(changed(number, n)))


def waiting(pnr: str) -> WaitlistEntry:
    return WaitlistEntry(pnr=pnr, origin="JFK", destination="BOS", seats=2)


async def headers_of(nc: Client, stream: str, subject: str) -> str:
    reply = await call(nc, f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
    return b64decode(reply["message"].get("hdrs", "")).decode()


async def test_load_reads_more_keys_than_one_request_can(bus: Bus) -> None:
    """1,300 keys, of which every second exists, each at its own revision."""
    numbers = list(range(0, 2600, 2))
    for at in range(0, len(numbers), 500):
        await bus.commit(Commit(states=[write(n) for n in numbers[at : at + 500]]))
    keys = [FLIGHT.key(flight=name(n)) for n in range(2600)]
    loaded = await bus.load(keys)
    found = [entry.message.flight for key in keys if (entry := loaded[key])]
    assert found == [name(n) for n in numbers]
    assert loaded.revision(keys[2]) == 2
    assert loaded.revision(keys[1]) == 0


async def test_a_commit_returns_the_revision_of_every_key(bus: Bus) -> None:
    """Those that a load finds, and that the next write may expect."""
    revisions = await bus.commit(Commit(facts=[fact(1), fact(2)], states=[write(1), write(2)]))
    loaded = await bus.load([FLIGHT.key(flight=name(n)) for n in (1, 2)])
    for n in (1, 2):
        assert loaded.revision(FLIGHT.key(flight=name(n))) == revisions[FLIGHT.key(flight=name(n)).name]
    await bus.commit(Commit(states=[write(1, revisions[FLIGHT.key(flight=name(1)).name], n=2)]))


async def test_a_changed_state_refuses_the_whole_commit(bus: Bus, nc: Client) -> None:
    """Nothing of it is written."""
    await bus.commit(Commit(states=[write(1)]))
    with pytest.raises(Conflict):
        await bus.commit(Commit(facts=[fact(2)], states=[write(2), write(1, expected=0, n=2)]))
    assert await stored(nc, "FLIGHTS") == 1


async def test_a_fact_is_emitted_once_ever(bus: Bus, nc: Client) -> None:
    """A commit that repeats one conflicts, and nothing of it is written."""
    await bus.commit(Commit(facts=[fact(1)]))
    with pytest.raises(Conflict):
        await bus.commit(Commit(facts=[fact(2), fact(1)]))
    assert await stored(nc, "FLIGHTS") == 1


async def test_a_changed_guard_refuses_the_commit(bus: Bus) -> None:
    """A state that was read and not written must not have changed either."""
    guarded = FLIGHT.key(flight=name(9)).name
    first = (await bus.commit(Commit(states=[write(9)])))[guarded]
    await bus.commit(Commit(facts=[fact(1)], states=[write(1)], guards={guarded: first}))
    await bus.commit(Commit(states=[write(9, first, n=2)]))
    with pytest.raises(Conflict):
        await bus.commit(Commit(facts=[fact(2)], states=[write(2)], guards={guarded: first}))


async def test_one_state_under_a_guard_needs_no_batch(bus: Bus, nc: Client) -> None:
    """It is written while the guard has not moved, whatever its own revision: who holds the guard knows that."""
    guard = FLIGHT.key(flight=name(9)).name
    first = (await bus.commit(Commit(states=[write(9)])))[guard]
    for n in (1, 2):
        await bus.commit(Commit(states=[write(1, n=n)], guards={guard: first}))
    assert "Nats-Batch-Id" not in await headers_of(nc, "FLIGHTS", FLIGHT.key(flight=name(1)).name)
    await bus.commit(Commit(states=[write(9, first, n=2)]))
    with pytest.raises(Conflict):
        await bus.commit(Commit(states=[write(1, n=3)], guards={guard: first}))
    entry = (await bus.load([FLIGHT.key(flight=name(1))]))[FLIGHT.key(flight=name(1))]
    assert entry is not None
    assert entry.message.last_change == 2


@pytest.mark.slow
async def test_states_under_a_guard_follow_one_another_on_three_nodes(tmp_path: Path) -> None:
    """Each is stored, though none moves the guard; the leader refuses two at a time."""
    async with cluster_of_three(tmp_path) as (_, nc):
        await provision(nc, STREAMS)
        config = (await call(nc, "STREAM.INFO.FLIGHTS", {}))["config"]
        await call(nc, "STREAM.UPDATE.FLIGHTS", {**config, "num_replicas": 3})

        async def current() -> bool:
            nodes = (await call(nc, "STREAM.INFO.FLIGHTS", {}))["cluster"]
            return "leader" in nodes and [each["current"] for each in nodes.get("replicas", ())] == [True, True]

        await eventually(current, what="three copies", within=20)
        bus, guard = Bus(nc, source="test"), FLIGHT.key(flight=name(9)).name
        first = (await bus.commit(Commit(states=[write(9)])))[guard]
        for n in range(1, 20):
            await bus.commit(Commit(states=[write(1, n=n)], guards={guard: first}))
        await bus.commit(Commit(states=[write(9, first, n=2)]))
        with pytest.raises(Conflict):
            await bus.commit(Commit(states=[write(1, n=20)], guards={guard: first}))


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        pytest.param(Commit(facts=[fact(n) for n in range(1001)]), "over the server's 1000", id="too many"),
        pytest.param(
            Commit(facts=[fact(1)], states=[Write(WAITLIST.of(waiting("A")), 0)]), "not in FLIGHTS", id="two streams"
        ),
        pytest.param(
            Commit(facts=[fact(1)], removals=[Removal(WAITLIST.key(pnr="A", journey=1), 1)]),
            "not in FLIGHTS",
            id="removal elsewhere",
        ),
        pytest.param(Commit(states=[write(1), write(1, n=2)]), "twice", id="one key twice"),
        pytest.param(Commit(facts=[fact(1)], states=[write(1)], guards={"a": 1, "b": 1}), "more guards", id="guards"),
        pytest.param(Commit(states=[write(1), write(2)], guards={"a": 1}), "more guards", id="two guarded states"),
        pytest.param(Commit(states=[write(1)], guards={write(1).addressed.name: 0}), "guarded and", id="own guard"),
        pytest.param(Commit(facts=[fact(1)], guards={"a": 1}), "must write a state", id="guards alone"),
        pytest.param(
            Commit(facts=[fact(1)], states=[write(1)], guards={FLIGHT.key(flight=name(1)).name: 0}),
            "guarded and written",
            id="guarded and written",
        ),
    ],
)
async def test_a_commit_that_can_never_be_stored_is_a_bug_and_not_a_conflict(
    bus: Bus, commit: Commit, why: str
) -> None:
    """A conflict would be retried for ever."""
    with pytest.raises(ValueError, match=why):
        await bus.commit(commit)


async def test_a_removed_state_reads_as_none_and_can_be_written_again(bus: Bus) -> None:
    """The next write expects the removal's revision, which the load returns."""
    key = WAITLIST.key(pnr="A", journey=1)
    first = await bus.commit(Commit(states=[Write(WAITLIST.of(waiting("A")), 0)]))
    await bus.commit(Commit(removals=[Removal(key, first[key.name])]))
    loaded = await bus.load([key])
    assert loaded[key] is None
    again = await bus.commit(Commit(states=[Write(WAITLIST.of(waiting("A")), loaded.revision(key))]))
    assert (await bus.load([key]))[key] is not None
    assert again[key.name] > first[key.name] + 1


async def test_a_changed_state_is_not_removed(bus: Bus) -> None:
    """A removal expects a revision as a write does."""
    key = WAITLIST.key(pnr="A", journey=1)
    await bus.commit(Commit(states=[Write(WAITLIST.of(waiting("A")), 0)]))
    with pytest.raises(Conflict):
        await bus.commit(Commit(removals=[Removal(key, 99)]))
    assert (await bus.load([key]))[key] is not None


async def test_facts_expire_and_states_do_not(bus: Bus, nc: Client) -> None:
    """A fact has a TTL longer than any outage to catch up from."""
    await bus.commit(Commit(facts=[fact(1)], states=[write(1)]))
    assert "Nats-TTL: 336h" in await headers_of(nc, "FLIGHTS", FLIGHT_CHANGED.of(changed(1)).name)
    assert "Nats-TTL" not in await headers_of(nc, "FLIGHTS", FLIGHT.of(flight(1)).name)


async def test_a_state_may_expire_as_facts_do(bus: Bus, nc: Client) -> None:
    """Where it is of no use to any one by then."""
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0, expires=True)]))
    assert "Nats-TTL: 336h" in await headers_of(nc, "FLIGHTS", FLIGHT.of(flight(1)).name)


async def test_a_state_lasts_as_long_as_its_writer_says(bus: Bus, nc: Client) -> None:
    """In whole seconds, up."""
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0, lasts=timedelta(seconds=89.5))]))
    assert "Nats-TTL: 90s" in await headers_of(nc, "FLIGHTS", FLIGHT.of(flight(1)).name)


async def test_an_emitted_fact_has_its_cause_in_its_headers(bus: Bus, nc: Client) -> None:
    """CloudEvents attributes, its cause's id, trace and span."""
    cause = Delivery(
        message=flight(), subject="x", stream="FEED", sequence=1, settled=1, id="cause", trace="ab" * 16, stored_at=T0
    )
    addressed = FLIGHT_CHANGED.of(changed(1))
    await bus.commit(Commit(facts=[Fact(addressed, cause)]))
    headers = await headers_of(nc, "FLIGHTS", addressed.name)
    assert f"ce-id: {addressed.name}\r\n" in headers
    assert "ce-type: irops.FlightChanged\r\n" in headers
    assert "ce-source: test\r\n" in headers
    assert "ce-causationid: cause\r\n" in headers
    assert f"traceparent: 00-{'ab' * 16}-{span_of('cause')}-00\r\n" in headers


async def test_an_empty_commit_writes_nothing(bus: Bus, nc: Client) -> None:
    """And is no error."""
    assert await bus.commit(Commit()) == {}
    assert await stored(nc, "FLIGHTS") == 0


async def test_a_load_of_no_keys_finds_none(bus: Bus) -> None:
    """Every key is None at revision 0."""
    assert (await bus.load([])).revision(SEAT_LEDGER.key(flight=name(1))) == 0


def test_facts_outlive_every_stream_that_forgets_by_age() -> None:
    """The stream of plans keeps its messages through the longest outage."""
    ages = {stream.name: stream.max_age for stream in STREAMS}
    assert ages["PLANS"] == timedelta(days=14)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_an_identity_depends_on_each_part_and_their_order(one: list[str], other: list[str]) -> None:
    """Two lists have the same identity only when they are equal; and it fits into a subject."""
    assert (derived_id(*one) == derived_id(*other)) == (one == other)
    assert len(derived_id(*one)) == 20
    assert derived_id(*one).replace("-", "").replace("_", "").isalnum()


async def test_a_fact_that_replaces_another_has_an_identity_of_its_own(bus: Bus, nc: Client) -> None:
    """Otherwise the facts that agents derive from it would be taken for those of the first, and dropped."""
    (first,) = (await bus.commit(Commit(facts=[fact(1)]))).values()
    again = Fact(FLIGHT_CHANGED.of(changed(1)), replaces=first)
    with pytest.raises(Conflict):
        await bus.commit(Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(1)), replaces=first + 7)]))
    await bus.commit(Commit(facts=[again]))
    assert f"ce-id: {again.addressed.name}.{first}\r\n" in await headers_of(nc, "FLIGHTS", again.addressed.name)
    assert await stored(nc, "FLIGHTS") == 1
