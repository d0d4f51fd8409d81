"""`irops`, the operator's command line. A command's module is imported when it is called, so that help comes at once.

To add a command: write its function (or a `typer.Typer` of several) in a module of its own, and add its line to `COMMANDS`.
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
        "Replay a storm day: server, seeding, four agents, feed, and the audit at the end.",
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
    "import": ("irops.commands.import_:import_", "Bring in flight statuses or bookings, a JSON object a line."),
    "export": ("irops.commands.export:export", "Write what the streams hold to stdout, a JSON object a line, sorted."),
    "audit": (
        "irops.commands.audit:audit",
        "Recompute from the streams whether anyone was wronged; exit status 1 if so.",
    ),
    "status": ("irops.commands.status:status", "Show who is running, what they have done, and what is still open."),
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
        "Make a key for each agent, and the file that tells a server what each may do.",
    ),
    "contracts": (
        "irops.commands.contracts:contracts",
        "Print the catalogue: who says what to whom, and what is in each message.",
    ),
    "eval": (
        "irops.commands.eval:evaluate",
        "Measure how well remarks are read and trips chosen, on cases with known answers.",
    ),
    "forget": (
        "irops.commands.forget:forget",
        "Forget a party, for ever: its booking, facts, plans, notices and letters.",
    ),
    "dead": ("irops.commands.dead:dead", "Look at what could not be handled, and retry or drop it."),
}
"""Where each command is, and the first line of its help."""


def load(name: str) -> Any:
    """The command itself, ready to be called."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found)
    else:
        alone = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
        alone.command(name)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


class _Lazy(TyperGroup):
    """Has a line of help for each command until one is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return (name, load(name), rest) if name else (name, command, rest)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        cls=_Lazy,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,  # they would show passengers' data
        help="Agents that watch the flight stream, rebook whoever a disruption touches, and tell them.\n\n"
        "Start with: irops demo --sample 0.05\n\n"
        "Commands that need a running system find it by NATS_URL (default nats://127.0.0.1:4222).",
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
    """What is listed; `_Lazy` puts the real one in its place."""


def main() -> None:
    """The entry point of the `irops` script. A wrong question is answered in one line, as a failure is."""
    try:
        sys.exit(typer.main.get_command(build())(prog_name="irops", standalone_mode=False))
    except TyperException as wrong:
        if said := " ".join(wrong.format_message().split()):  # nothing: the help has been shown
            where = getattr(getattr(wrong, "ctx", None), "command_path", "irops")
            typer.echo(f"irops: {said} ({where} --help says more)", err=True)
        sys.exit(wrong.exit_code)
    except typer.Abort:
        sys.exit(1)


if __name__ == "__main__":
    main()
