"""What an agent may do on the server: what follows from its declaration, and nothing more.

An agent may publish what it says and keeps and its own dead letters; consume the streams it hears through its own consumer;
follow the streams of its views; look up messages of streams that it hears, follows, reads or writes; read its own dead letters;
ask the questions that it declares, and answer its own. It may not create, change or empty a stream, publish on another agent's
subjects, ask anything else, read another agent's dead letters, or subscribe to another's inbox.

A limit of the server's permissions: following a stream takes the right to create consumers on it, and that right covers the
consumers of others. So an agent could disturb what another one hears. It could not write on its behalf.
"""

from dataclasses import dataclass

from bus.agent import Agent
from contracts.clock import CLOCK
from contracts.dead import DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects, with wildcards."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(agent: Agent) -> Permissions:
    """Derives them from the declaration. The list for consuming, answering and direct gets was tried on nats-server 2.15.1.

    Raises `ValueError` for an agent that declares to hear, follow or look up dead letters: they quote messages of every stream,
    so they are for the operator alone.
    """
    name = agent.name
    written = [*agent.says, *agent.keeps]
    heard = sorted(agent.streams)
    followed = sorted({subject.stream for subject in agent.views} | {CLOCK.stream})
    read = sorted({*heard, *followed, *(subject.stream for subject in (*written, *agent.reads))})
    if DEAD_LETTER.stream in read:
        raise ValueError(f"{name} declares dead letters, which only the operator may read: `irops dead` shows them")
    return Permissions(
        publish=(
            *(subject.filter for subject in written),
            *(ask.name for ask in agent.asks),
            DEAD_LETTER.filter_of(agent=name),
            f"$JS.API.DIRECT.GET.{DEAD_LETTER.stream}.{DEAD_LETTER.filter_of(agent=name)}",
            *(f"$JS.API.CONSUMER.{verb}.{stream}.{name}" for stream in heard for verb in _OWN_CONSUMER),
            *(f"$JS.ACK.{stream}.{name}.>" for stream in heard),
            *(
                f"$JS.ACK.*.*.{stream}.{name}.>" for stream in heard
            ),  # the form with domain and account, default from 2.16
            *(f"$JS.API.CONSUMER.{verb}.{stream}.*" for stream in followed for verb in ("CREATE", "DELETE")),
            "$JS.FC.>",
            *(
                f"$JS.API.{verb}.{stream}"
                for stream in read
                for verb in ("STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET")
            ),
            "_INBOX.>",  # replies; the name of an inbox cannot be guessed
            f"$SRV.PING.{name}",  # its health check
        ),
        subscribe=(
            f"_INBOX.{name}.>",
            f"ask.{name}.*",
            *(f"$SRV.{verb}{end}" for verb in ("PING", "INFO", "STATS") for end in ("", f".{name}", f".{name}.*")),
        ),
    )


_OWN_CONSUMER = ("CREATE", "INFO", "DELETE", "MSG.NEXT")
