"""How each message of a group gets its outcome."""

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
    """The 63 others are handled, in no more groups than halving needs."""
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
    """The dead letter names it. A declared one is passed."""
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


async def test_after_a_conflict_the_halves_are_handled_again(server: Server, nc: Client) -> None:
    """A handler with two conflicts succeeds at the third attempt, without a dead letter."""
    attempts: list[int] = []
    done: list[int] = []

    async def hear(group: Group) -> None:
        attempts.append(len(group))
        if len(attempts) <= 2:
            raise Conflict("another came first")
        done.extend(numbers(group))

    await publish(nc, range(8))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, replace(ECHO, group=8)):
        await eventually(lambda: settled(nc), what="all settled")
    assert done == list(range(8))
    assert attempts[1] < attempts[0]
    assert await stored(nc, "DEAD") == 0


async def test_a_message_that_conflicts_for_ever_ends_as_a_bug(
    server: Server, nc: Client, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that always expects the wrong revision would otherwise spin and block all others."""
    monkeypatch.setattr("bus.runtime.worker.CONFLICTS_AT_MOST", 3)
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
    """It is called again with the same group, and no message becomes a dead letter."""
    attempts: list[list[int]] = []

    async def hear(group: Group) -> None:
        attempts.append(numbers(group))
        if len(attempts) <= 2:
            raise Unavailable("not now")

    await publish(nc, range(4))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await eventually(lambda: settled(nc), what="all settled")
    assert attempts[0] == attempts[1] == attempts[2]
    assert await stored(nc, "DEAD") == 0


async def test_a_handler_longer_than_ack_wait_keeps_its_lease(server: Server, nc: Client) -> None:
    """An idle replica does not receive the message meanwhile, nor those queued behind it."""
    let_go = asyncio.Event()
    heard: list[int] = []

    async def slow(group: Group) -> None:
        heard.extend(numbers(group))
        await let_go.wait()

    others, keep = collector()
    await publish(nc, range(3))
    agent = replace(ECHO, group=1)
    async with agent_of(server.url, {FLIGHT_STATUS: slow}, agent, ack_wait=SHORT):
        await eventually(lambda: heard, what="the first in the handler")
        async with agent_of(server.url, {FLIGHT_STATUS: keep}, agent, ack_wait=SHORT):
            passed = monotonic() + 2.5 * SHORT.total_seconds()
            await eventually(lambda: monotonic() > passed, what="two and a half leases")
            assert others == []
            let_go.set()
            await eventually(lambda: settled(nc), what="all settled")
    assert heard == [0, 1, 2]
    assert others == []


async def test_a_dead_agents_messages_are_delivered_to_another(server: Server, nc: Client) -> None:
    """A lease that is not renewed expires, and a living replica receives the message."""
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
    """Each message is handled by one of the two, and both handle some."""
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


async def test_facts_are_in_the_order_of_their_causes(server: Server, nc: Client) -> None:
    """2,000 messages through one consumer."""
    await publish(nc, range(2000))
    async with echo(server.url):
        await eventually(lambda: settled(nc), what="all settled", within=20)
    emitted = await subjects_in_order(nc, "FLIGHTS")
    assert emitted == [FLIGHT_CHANGED.key(flight=name(n), n=1).name for n in range(2000)]


async def test_a_message_delivered_again_while_it_waits_is_handled_once(server: Server, nc: Client) -> None:
    """An agent that was suspended for longer than its leases receives its messages twice."""
    let_go = asyncio.Event()
    heard: list[int] = []

    async def slow(group: Group) -> None:
        heard.extend(numbers(group))
        await let_go.wait()

    async with agent_of(server.url, {FLIGHT_STATUS: slow}):
        await publish(nc, [0])
        await eventually(lambda: heard, what="the first in the handler")
        await publish(nc, range(1, 4))
        await eventually(lambda: _unacknowledged(nc, 4), what="the others behind it")
        for sequence in range(1, 5):  # as if its leases had expired
            await nc.publish(f"$JS.ACK.FEED.echo.1.{sequence}.{sequence}.0.0", b"-NAK")
        await eventually(lambda: _redelivered(nc, 4), what="all delivered again")
        let_go.set()
        await eventually(lambda: settled(nc), what="all settled")
    assert heard == [0, 1, 2, 3]


async def _unacknowledged(nc: Client, number: int) -> bool:
    return bool((await consumer_info(nc))["num_ack_pending"] == number)


async def _redelivered(nc: Client, number: int) -> bool:
    return bool((await consumer_info(nc))["num_redelivered"] == number)


async def test_a_poisoned_message_blocks_no_other(server: Server, nc: Client) -> None:
    """While it is retried, 500 published after it are handled."""
    done: list[int] = []

    async def hear(group: Group) -> None:
        if 0 in numbers(group):
            raise ZeroDivisionError("a bug")
        done.extend(numbers(group))

    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await publish(nc, range(501))
        await eventually(lambda: len(done) == 500, what="the 500 others", within=5)


async def test_the_lease_of_a_retried_message_is_not_renewed(server: Server, nc: Client) -> None:
    """Renewing it would deliver the message after `ack_wait` instead of after the delay."""
    attempts: list[float] = []

    async def hear(group: Group) -> None:
        if 0 in numbers(group):
            if len(group) > 1:
                raise Retry(timedelta(0), "it is the first one's fault")
            attempts.append(monotonic())
            if len(attempts) == 1:
                raise Retry(timedelta(seconds=1.5), "later")
        else:  # of the same group, in the handler for two more leases
            await eventually(lambda: monotonic() > attempts[0] + 0.8, what="a while")

    await publish(nc, range(2))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, ack_wait=timedelta(milliseconds=400)):
        await eventually(lambda: settled(nc), what="all settled")
    assert attempts[1] - attempts[0] > 1.4


async def test_a_dead_letter_can_be_retried(server: Server, nc: Client, bus: Bus) -> None:
    """Its agent handles the message again, and answers that it is done or why not."""
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


async def test_the_answer_to_a_retry_has_no_details_of_a_bug(server: Server, nc: Client, bus: Bus) -> None:
    """It says where to look. Of a message that does not decode it says why, and quotes nothing."""
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
async def test_an_agent_survives_any_payload(server: Server, nc: Client, bus: Bus, payload: bytes) -> None:
    """It becomes a dead letter, headers included, and the next message is handled."""
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
    """A trace id or batch header of a foreign publisher counts only where it is valid."""
    heard, keep = collector()
    addressed: Any = FLIGHT_STATUS.of(status(1))
    headers = {"traceparent": "00-" + "Z" * 32 + "-x-01", "Irops-Commit": "x.y", "ce-id": "mine"}
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await nc.request(addressed.name, msgspec.json.encode(addressed.message), timeout=2, headers=headers)
        await eventually(lambda: heard, what="heard")
    assert heard[0].id == "mine"
    assert heard[0].settled == heard[0].sequence
    assert all(c in "0123456789abcdef" for c in heard[0].trace)


async def test_an_agent_without_a_handler_for_what_it_hears_does_not_start(server: Server, nc: Client) -> None:
    """The messages would never be handled."""
    with pytest.raises(ValueError, match=r"no handler for feed\.flight"):
        async with agent_of(server.url, {}):
            pass


async def test_one_status_three_times_is_one_fact(server: Server, nc: Client, bus: Bus) -> None:
    """The fact's subject derives from the status."""
    async with echo(server.url):
        await publish(nc, [1, 1, 1])
        await eventually(lambda: settled(nc), what="all settled")
    assert await stored(nc, "FLIGHTS") == 1
