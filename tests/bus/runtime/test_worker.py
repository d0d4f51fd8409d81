"""How a group of messages comes to its ends."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs
from nats.aio.client import Client

from bus import Bus, Conflict, Delivery, Reject, Retry, Unavailable
from bus.admin.server import Server
from bus.clock import monotonic
from bus.wire.connection import close, connect
from contracts.asks import Retried, retry_of
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import (
    ECHO,
    agent_of,
    consumer_info,
    echo,
    name,
    number_of,
    publish,
    settled,
    status,
    stored,
    subjects_in_order,
)
from tests.support import collector, eventually

Group = Sequence[Delivery[FlightStatus]]
SHORT = timedelta(milliseconds=600)


def numbers(group: Group) -> list[int]:
    return [number_of(d.message.flight) for d in group]


async def dead_letter(bus: Bus, sequence: int) -> DeadLetter | None:
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=sequence)
    entry = (await bus.load([key]))[key]
    return entry.message if entry else None


async def test_halving_finds_the_one_poisoned_message_of_64(server: Server, nc: Client, bus: Bus) -> None:
    """63 others are handled, and it took no more groups than halving needs."""
    groups: list[list[int]] = []
    done: list[int] = []

    async def hear(group: Group) -> None:
        groups.append(numbers(group))
        if 37 in numbers(group):
            raise Reject("poison")
        done.extend(numbers(group))

    await publish(nc, range(64))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, replace(ECHO, group=64)):
        await eventually(lambda: settled(nc), what="all settled")
    assert sorted(done) == [n for n in range(64) if n != 37]
    assert max(Counter(done).values()) == 1
    assert len(groups) <= 1 + 2 * 6 + 3  # and a few more where the first groups were not full
    letter = await dead_letter(bus, 38)
    assert letter is not None
    assert letter.reason == "poison"


async def test_a_step_that_is_not_declared_is_a_bug(
    server: Server, nc: Client, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named in the dead letter; one that is declared is passed."""
    monkeypatch.setattr("bus.runtime.worker.BUG_PAUSES", ())
    buses: list[Bus] = []

    async def hear(group: Group) -> None:
        buses[0].failpoint("filed" if 0 in numbers(group) else "shredded")

    await publish(nc, range(2))
    filing = replace(ECHO, own_failpoints=("filed",), group=1)
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, filing) as filing_bus:
        buses.append(filing_bus)
        await eventually(lambda: settled(nc), what="all settled")
    letter = await dead_letter(bus, 2)
    assert letter is not None
    assert "'shredded' is not a declared step" in letter.reason
    assert await stored(nc, "DEAD") == 1


async def test_a_conflict_halves_the_group_and_tries_again(server: Server, nc: Client) -> None:
    """A handler that meets two conflicts succeeds at the third try, and it is no dead letter."""
    tries: list[int] = []
    done: list[int] = []

    async def hear(group: Group) -> None:
        tries.append(len(group))
        if len(tries) <= 2:
            raise Conflict("another came first")
        done.extend(numbers(group))

    await publish(nc, range(8))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, replace(ECHO, group=8)):
        await eventually(lambda: settled(nc), what="all settled")
    assert done == list(range(8))
    assert tries[1] < tries[0]
    assert await stored(nc, "DEAD") == 0


async def test_a_message_that_conflicts_for_ever_ends_as_a_bug(
    server: Server, nc: Client, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that expects the wrong revision always would otherwise spin and block everyone."""
    monkeypatch.setattr("bus.runtime.worker._CONFLICTS_AT_MOST", 3)
    monkeypatch.setattr("bus.runtime.worker.BUG_PAUSES", (timedelta(milliseconds=10),))
    done: list[int] = []

    async def hear(group: Group) -> None:
        if 0 in numbers(group):
            raise Conflict("always")
        done.extend(numbers(group))

    await publish(nc, range(2))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await eventually(lambda: settled(nc), what="all settled")
    assert done == [1]
    letter = await dead_letter(bus, 1)
    assert letter is not None
    assert "Conflict" in letter.reason


async def test_a_handler_that_cannot_reach_the_server_waits(server: Server, nc: Client) -> None:
    """It is asked again until it can, with the same group, and no message is blamed."""
    tries: list[list[int]] = []

    async def hear(group: Group) -> None:
        tries.append(numbers(group))
        if len(tries) <= 2:
            raise Unavailable("not now")

    await publish(nc, range(4))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await eventually(lambda: settled(nc), what="all settled")
    assert tries[0] == tries[1] == tries[2]
    assert await stored(nc, "DEAD") == 0


async def test_a_handler_longer_than_ack_wait_keeps_its_lease(server: Server, nc: Client) -> None:
    """A second replica with nothing to do is not given the message meanwhile, nor those that wait behind it."""
    let_go = asyncio.Event()
    heard: list[int] = []

    async def slow(group: Group) -> None:
        heard.extend(numbers(group))
        await let_go.wait()

    others, keep = collector()
    await publish(nc, range(3))
    agent = replace(ECHO, group=1)
    async with agent_of(server.url, {FLIGHT_STATUS: slow}, agent, ack_wait=SHORT):
        await eventually(lambda: heard, what="the first in hand")
        async with agent_of(server.url, {FLIGHT_STATUS: keep}, agent, ack_wait=SHORT):
            passed = monotonic() + 2.5 * SHORT.total_seconds()
            await eventually(lambda: monotonic() > passed, what="two and a half leases")
            assert others == []
            let_go.set()
            await eventually(lambda: settled(nc), what="all settled")
    assert heard == [0, 1, 2]
    assert others == []


async def test_a_dead_agents_messages_move_on(server: Server, nc: Client) -> None:
    """Whoever holds them and prolongs no more loses them to a living replica when the lease is over."""
    async with echo(server.url, ack_wait=SHORT):
        await eventually(lambda: settled(nc), what="its durable consumer")
    await publish(nc, range(5))
    dead = await connect(server.url, name="dead")
    taken = await dead.subscribe("dead.inbox")
    await dead.publish("$JS.API.CONSUMER.MSG.NEXT.FEED.echo", b'{"batch": 5}', reply="dead.inbox")
    await taken.next_msg(timeout=2)
    await close(dead)
    assert (await consumer_info(nc))["num_ack_pending"] == 5
    heard, keep = collector()
    began = monotonic()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}, ack_wait=SHORT):
        await eventually(lambda: len(heard) == 5, what="all five")
    assert monotonic() - began < 4


async def test_replicas_share_the_work(server: Server, nc: Client) -> None:
    """Each message is handled by one of the two, and both have handled some."""
    one, keep_one = collector()
    other, keep_other = collector()
    small = replace(ECHO, group=8)
    async with (
        agent_of(server.url, {FLIGHT_STATUS: keep_one}, small),
        agent_of(server.url, {FLIGHT_STATUS: keep_other}, small),
    ):
        await publish(nc, range(1000))
        await eventually(lambda: settled(nc), what="all settled")
    assert sorted(numbers(one) + numbers(other)) == list(range(1000))
    assert one
    assert other


async def test_outputs_are_in_the_order_of_their_inputs(server: Server, nc: Client) -> None:
    """2,000 messages through one consumer."""
    await publish(nc, range(2000))
    async with echo(server.url):
        await eventually(lambda: settled(nc), what="all settled", within=20)
    said = await subjects_in_order(nc, "FLIGHTS")
    assert said == [FLIGHT_CHANGED.key(flight=name(n), n=1).name for n in range(2000)]


async def test_a_message_delivered_again_while_it_waits_is_handled_once(server: Server, nc: Client) -> None:
    """An agent that was stopped for longer than its leases finds its messages twice in its inbox."""
    let_go = asyncio.Event()
    heard: list[int] = []

    async def slow(group: Group) -> None:
        heard.extend(numbers(group))
        await let_go.wait()

    async with agent_of(server.url, {FLIGHT_STATUS: slow}):
        await publish(nc, [0])
        await eventually(lambda: heard, what="the first in hand")
        await publish(nc, range(1, 4))
        await eventually(lambda: _held(nc, 4), what="the others behind it")
        for sequence in range(1, 5):  # as if its leases were over
            await nc.publish(f"$JS.ACK.FEED.echo.1.{sequence}.{sequence}.0.0", b"-NAK")
        await eventually(lambda: _redelivered(nc, 4), what="all delivered again")
        let_go.set()
        await eventually(lambda: settled(nc), what="all settled")
    assert heard == [0, 1, 2, 3]


async def _held(nc: Client, number: int) -> bool:
    return bool((await consumer_info(nc))["num_ack_pending"] == number)


async def _redelivered(nc: Client, number: int) -> bool:
    return bool((await consumer_info(nc))["num_redelivered"] == number)


async def test_a_poisoned_message_blocks_nobody(server: Server, nc: Client) -> None:
    """While one is tried again and again, 500 published after it are handled."""
    done: list[int] = []

    async def hear(group: Group) -> None:
        if 0 in numbers(group):
            raise ZeroDivisionError("a bug")
        done.extend(numbers(group))

    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await publish(nc, range(501))
        await eventually(lambda: len(done) == 500, what="the 500 others", within=5)


async def test_a_retried_message_is_not_brought_back_early_by_its_lease(server: Server, nc: Client) -> None:
    """Prolonging a lease ends with the message: otherwise it would come back after `ack_wait` instead."""
    tries: list[float] = []

    async def hear(group: Group) -> None:
        if 0 in numbers(group):
            if len(group) > 1:
                raise Retry(timedelta(0), "it is the first one's fault")
            tries.append(monotonic())
            if len(tries) == 1:
                raise Retry(timedelta(seconds=1.5), "later")
        else:  # of the same group, in hand for two leases yet
            await eventually(lambda: monotonic() > tries[0] + 0.8, what="a while")

    await publish(nc, range(2))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, ack_wait=timedelta(milliseconds=400)):
        await eventually(lambda: settled(nc), what="all settled")
    assert tries[1] - tries[0] > 1.4


async def test_a_dead_letter_can_be_retried(server: Server, nc: Client, bus: Bus) -> None:
    """Its agent handles the message once more, and tells why it still does not want it, or that it is done."""
    ends: list[Exception] = [Reject("not this one"), Reject("not yet"), Retry(timedelta(seconds=9), "too early")]
    done: list[int] = []

    async def hear(group: Group) -> None:
        if ends:
            raise ends.pop(0)
        done.extend(numbers(group))

    await publish(nc, [7])
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        letter: DeadLetter = await eventually(lambda: dead_letter(bus, 1), what="the dead letter")
        answers = [await bus.ask(retry_of("echo"), letter) for _ in range(3)]
    assert answers == [
        Retried(done=False, why="not yet"),
        Retried(done=False, why="retry in 9 s: too early"),
        Retried(done=True),
    ]
    assert done == [7]


async def test_whoever_retries_a_dead_letter_is_told_nothing_of_a_bugs_inside(
    server: Server, nc: Client, bus: Bus
) -> None:
    """Only where to look; of a message that is none, what is wrong with it, and nothing out of it."""
    ends: list[Exception] = [Reject("not this one"), ZeroDivisionError("secret")]

    async def hear(_group: Group) -> None:
        raise ends.pop(0)

    await publish(nc, [7])
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        letter: DeadLetter = await eventually(lambda: dead_letter(bus, 1), what="the dead letter")
        answer = await bus.ask(retry_of("echo"), letter)
        nonsense = structs.replace(letter, payload=b'{"flight": "secret"}')
        answer_to_nonsense = await bus.ask(retry_of("echo"), nonsense)
    assert answer == Retried(done=False, why="it failed; the log of echo says why")
    assert answer_to_nonsense.why.startswith("not a FlightStatus: ")
    assert "secret" not in answer_to_nonsense.why


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 50_000, id="nested too deep"),
        pytest.param(b'{"flight": "B6.*.JFK.2013-02-08"}', id="a name that breaks subjects"),
        pytest.param(b'{"flight": "' + b"x" * 900_000 + b'"}', id="as large as can be"),
    ],
)
async def test_whatever_arrives_the_agent_goes_on(server: Server, nc: Client, bus: Bus, payload: bytes) -> None:
    """Nonsense becomes a dead letter, headers and all, and what comes after it is handled."""
    nonsense = {
        "ce-id": "\u2028\u00e9",
        "traceparent": "00-x\u00e9y",
        "Irops-Commit": "nonsense",
        "Nats-Batch-Sequencex": "1",
    }
    async with echo(server.url) as echo_bus:
        await nc.request(FLIGHT_STATUS.key(flight=name(1)).name, payload, timeout=2, headers=nonsense)
        await publish(nc, [2])
        await eventually(lambda: settled(nc), what="both settled")
        key = FLIGHT_CHANGED.key(flight=name(2), n=1)
        assert (await echo_bus.load([key]))[key] is not None
    letter = await dead_letter(bus, 1)
    assert letter is not None
    assert letter.payload == payload or f"{len(payload)} bytes" in letter.reason


async def test_strange_headers_on_a_good_message_do_no_harm(server: Server, nc: Client) -> None:
    """A foreign publisher's trace is not believed unless it is one, nor its word on a batch."""
    heard, keep = collector()
    said: Any = FLIGHT_STATUS.of(status(1))
    headers = {"traceparent": "00-" + "Z" * 32 + "-x-01", "Irops-Commit": "x.y", "ce-id": "mine"}
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await nc.request(said.name, msgspec.json.encode(said.message), timeout=2, headers=headers)
        await eventually(lambda: heard, what="heard")
    assert heard[0].id == "mine"
    assert heard[0].settled == heard[0].sequence
    assert all(c in "0123456789abcdef" for c in heard[0].trace)


async def test_an_agent_without_a_handler_for_what_it_hears_does_not_start(server: Server, nc: Client) -> None:
    """Its messages would wait for ever."""
    with pytest.raises(ValueError, match=r"no handler for feed\.flight"):
        async with agent_of(server.url, {}):
            pass


async def test_an_echo_of_one_cause_is_one_fact(server: Server, nc: Client, bus: Bus) -> None:
    """The same status three times makes one fact, for the fact's name derives from it."""
    async with echo(server.url):
        await publish(nc, [1, 1, 1])
        await eventually(lambda: settled(nc), what="all settled")
    assert await stored(nc, "FLIGHTS") == 1
