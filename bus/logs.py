"""Structured logs on stderr: JSON for machines, coloured lines for people. No message bodies, so no personal data.

structlog is imported here only. Where rich is installed structlog imports it, for tracebacks that are not used here, and every
process would take a fifth longer to start.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]  # as if it were not installed
import structlog  # noqa: E402

if _rich:
    sys.modules["rich"] = _rich
else:
    del sys.modules["rich"]


def get_logger(name: str) -> Any:
    """A logger that takes an event and its fields: `log.info("ready", lockstep=True)`."""
    return structlog.get_logger(name)


def configure(style: str, *, agent: str) -> None:
    """Sets up the logs of an agent's process. `style` is `json` or `console`."""
    render: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(agent=agent)


def raised_at(failure: BaseException) -> str:
    """Name an exception and the line that raised it, and not its text, which may name a person: a dead letter has that."""
    frames = traceback.extract_tb(failure.__traceback__)
    where = f" at {'/'.join(Path(frames[-1].filename).parts[-3:])}:{frames[-1].lineno}" if frames else ""
    return type(failure).__name__ + where


def frames_of(failure: BaseException) -> str:
    """An exception's traceback without its text, which may name a person."""
    return "".join(
        ["Traceback (most recent call last):\n", *traceback.format_tb(failure.__traceback__), type(failure).__name__]
    )


def address(pattern: str, subject: str) -> str:
    """A message's address as a log may have it: the pattern alone where one of its tokens names a party."""
    return pattern if "{pnr}" in pattern else subject


def silence() -> None:
    """Logs critical events only: for a command, which reports failures itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
