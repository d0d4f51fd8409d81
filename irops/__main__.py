"""`irops`, the operator's command line. A command's module is imported only when the command is called, so help is quick.

To add a command: write its function (or a `typer.Typer` of several) in `commands/`, and add its line to `COMMANDS`.
"""

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (
        "irops.commands.demo:demo",
        "Replay a storm day: server, seeding, agents, feed, and the audit at the end.",
    ),
    "up": ("irops.commands.up:up", "Start the system by the wall clock: server, streams, agents; until Ctrl-C."),
    "replay": (
        "irops.commands.replay:replay",
        "Replay a day against a running system (NATS_URL) whose ledger is empty.",
    ),
    "agent": ("irops.commands.agent:agent", "Run one agent in the foreground, as a container does."),
    "provision": (
        "irops.commands.provision:provision",
        "Make the server's streams what the contracts say, and set the clock.",
    ),
    "import": (
        "irops.commands.import_:import_",
        "Bring in flight statuses, fares, layouts, bookings, changes of them, or another system's exported state.",
    ),
    "export": ("irops.commands.export:export", "Write what the streams hold to stdout, one JSON object per line."),
    "audit": (
        "irops.commands.audit:audit",
        "Recompute from the streams whether a party was wronged; exit status 1 if so.",
    ),
    "status": ("irops.commands.status:status", "Show which agents run, what they have done, and what work is pending."),
    "watch": (
        "irops.commands.watch:watch",
        "Show a running system as it works, until Ctrl-C: what is fed, disrupted, rebooked and sent.",
    ),
    "prompt": (
        "irops.commands.prompt:prompt",
        "Show what a model would be asked about a party now, and how old each fact in it is.",
    ),
    "users": (
        "irops.commands.users:users",
        "Make a key for each agent, and the server configuration with what each may do.",
    ),
    "contracts": (
        "irops.commands.contracts:contracts",
        "Print the catalogue: which agent says what to which, and the fields of each message.",
    ),
    "eval": (
        "irops.commands.eval:evaluate",
        "Measure how well a model reads remarks and chooses trips, on cases with known answers.",
    ),
    "forget": (
        "irops.commands.forget:forget",
        "Forget a party, for ever: its booking, facts, plans, notices and letters.",
    ),
    "retire": ("irops.commands.retire:retire", "Remove the consumers of an agent that will not run again."),
    "marks": (
        "irops.commands.marks:marks",
        "List the trips that a person should look at: made without asking the party, and unusual against what was sold.",
    ),
    "notices": (
        "irops.commands.notices:notices",
        "List the notices that no channel has accepted, or send them again.",
    ),
    "request": (
        "irops.commands.request:request",
        "Ask the booker for something on a customer's behalf: what it costs, by which rule, and to have it done.",
    ),
    "queue": (
        "irops.commands.queue:queue",
        "List the trips that are not booked before someone has agreed, and answer for the desk or for who is asked.",
    ),
    "rules": (
        "irops.commands.rules:rules",
        "Check rule files, ask one about a case, or have the booker adopt its own.",
    ),
    "pause": (
        "irops.commands.pauses:pause",
        "Decide nothing about an airport, carrier, flight or everything, or let an agent take no work, until resumed.",
    ),
    "resume": (
        "irops.commands.pauses:resume",
        "End a pause: an agent works again, or what waited for a brake is planned and decided.",
    ),
    "shadow": (
        "irops.commands.shadow:shadow",
        "Show what a shadow would have done: who would be moved, kept, asked or left waiting, and how many letters written.",
    ),
    "dead": ("irops.commands.dead:dead", "List, show, retry or drop messages that could not be handled."),
}
"""Where each command is, and the first line of its help."""


def load(name: str) -> Any:
    """Import the command."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found)
    else:
        single = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
        single.command(name)(found)
        command = typer.main.get_command(single)
    command.name = name
    return command


class _Lazy(TyperGroup):
    """Lists every command with its line of help, and imports the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return (name, load(name), rest) if name else (name, command, rest)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        cls=_Lazy,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,  # they would show passengers' data
        help="Agents that watch the flight stream, rebook the passengers of a disruption, and notify them.\n\n"
        "Start with: irops demo --sample 0.05\n\n"
        "Commands that need a running system find it by NATS_URL (default nats://127.0.0.1:4222), or by --context.",
    )
    app.callback()(_global_options)
    for name, (_, line) in COMMANDS.items():
        app.command(name, help=line)(_nothing)
    return app


def _global_options(
    context: Annotated[
        str | None, typer.Option(help="A context of the nats tool: where the server is and how to log in.")
    ] = None,
) -> None:
    """Options before the command. They act as their environment variables, which agents inherit."""
    if context is not None:
        os.environ["IROPS_NATS_CONTEXT"] = context


def _nothing() -> None:
    """Stands for a command in the list; `_Lazy` replaces it."""


def main() -> None:
    """The entry point of the `irops` script. A usage error is one line, as a failure is."""
    try:
        sys.exit(typer.main.get_command(build())(prog_name="irops", standalone_mode=False))
    except TyperException as failure:
        if message := " ".join(failure.format_message().split()):  # empty where the help has been shown
            where = getattr(getattr(failure, "ctx", None), "command_path", "irops")
            typer.echo(f"irops: {message} (see {where} --help)", err=True)
        sys.exit(failure.exit_code)
    except typer.Abort:
        sys.exit(1)


if __name__ == "__main__":
    main()
