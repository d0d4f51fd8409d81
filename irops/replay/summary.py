"""The result of a replay as a table, and its report as a file."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from irops.replay.run import Result
from irops.system.models import ModelUse


def write_report(report: dict[str, Any], to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(report, indent=2) + "\n")


def show(console: Console, result: Result) -> None:
    """Print the summary table, then the findings of the audit, if any."""
    report = result.report
    table = Table(
        title=f"{report['day']}, {report['replay_hours']:g} h replayed", title_justify="left", show_header=False
    )
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in _rows(report):
        table.add_row(name, value)
    console.print(table)
    for figure, findings in result.audit.findings.items():
        console.print(f"[bold red]{figure}[/]: {report['audit'][figure]}")
        for finding in findings[:5]:
            console.print(f"  {finding}", highlight=False)
    for line in result.pending:
        console.print(f"[bold red]still pending[/]: {line}", highlight=False)


def _rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    latency = report["latency_ms"]["event_to_notice"]
    delay = report["passenger_delay_min"]
    faults = {name: count for name, count in report["audit"].items() if count}
    notices = ("notices_sent", "notices_superseded", "notices_pointless", "notices_undelivered")
    judged = ("remarks_met", "remarks_unmet", "fallbacks")
    return [
        ("flights that day", f"{report['flights']:,}"),
        ("cancelled, delayed, diverted", _many(report, "cancelled_flights", "delayed_flights", "diverted_flights")),
        ("feed events, disruptions", _many(report, "feed_events", "disruptions")),
        ("parties, passengers", _many(report, "parties", "passengers")),
        ("parties affected", f"{report['parties_affected']:,}"),
        ("  rebooked, kept, stranded", _many(report, "parties_rebooked", "parties_kept", "parties_stranded")),
        ("plans proposed, refused", _many(report, "plans_proposed", "plans_refused")),
        *([("remarks met, unmet, fallbacks", _many(report, *judged))] if any(report[name] for name in judged) else []),
        ("model", ModelUse(**report["model"]).in_words if report["model"] else ModelUse().in_words),
        ("notices sent, superseded, pointless, failed", _many(report, *notices)),
        ("event to notice, p50 / p99 / max", _spans(latency)),
        (
            "passenger delay, mean / median / p90",
            f"{delay['mean']:,.0f} / {delay['median']:,.0f} / {delay['p90']:,.0f} min",
        ),
        ("dead letters, restarts", _many(report, "dead_letters", "restarts")),
        ("audit", "clean" if not faults else ", ".join(f"{name} {count}" for name, count in faults.items())),
        ("wall clock", f"{report['wall_s']:.0f} s"),
    ]


def _many(report: dict[str, Any], *names: str) -> str:
    return ", ".join(f"{report[name]:,}" for name in names)


def _spans(latency: dict[str, float] | None) -> str:
    if latency is None:
        return "-"
    return " / ".join(f"{latency[name] / 1000:.2f} s" for name in ("p50", "p99", "max"))


def exit_status(result: Result) -> int:
    """0 where the audit is clean, no work is pending and there is no dead letter; else 1."""
    return int(not result.audit.clean or bool(result.pending) or bool(result.report["dead_letters"]))
