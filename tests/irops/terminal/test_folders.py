"""Folders that options name."""

import errno
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from irops.__main__ import build
from irops.terminal.failures import describe
from irops.terminal.folders import folder_of, named_by

NOWHERE = "/dev/null/folder"


def test_a_folder_that_cannot_be_made_is_a_wrong_value_of_its_option() -> None:
    """The complaint says which folder, and why, as a sentence."""
    with pytest.raises(typer.BadParameter) as wrong, named_by("--keys"):
        Path(NOWHERE).mkdir()
    assert wrong.value.format_message() == (
        f"Invalid value for --keys: cannot use {NOWHERE}: Not a directory; name another"
    )


def test_the_folder_of_a_report_is_there_before_any_work_is_done(tmp_path: Path) -> None:
    """With those above it; the report itself is not."""
    folder_of(tmp_path / "a" / "b" / "report.json", "--report")
    assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "a" / "b" / "report.json").exists()


@pytest.mark.parametrize(
    "question",
    [
        f"up --data {NOWHERE}",
        f"demo --report {NOWHERE}/report.json",
        f"replay --report {NOWHERE}/report.json",
        f"eval --json {NOWHERE}/evaluation.json",
    ],
)
def test_a_command_begins_nothing_that_it_could_not_write_down(question: str) -> None:
    """It is a wrong question, exit status 2."""
    result = CliRunner().invoke(build(), question.split())
    assert result.exit_code == 2
    assert "cannot use /dev/null/folder" in result.output


def test_an_os_error_is_described_without_its_number() -> None:
    """The file and the reason."""
    assert describe(OSError(errno.EACCES, os.strerror(errno.EACCES), "/keys")) == "cannot use /keys: Permission denied"
    assert describe(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == "No space left on device"
