"""The picture of the panel, and the one in docs/."""

import re
from pathlib import Path

import pytest

from irops.live.picture import figures_in, picture, write_picture
from tests.irops.live.frames import STORM

DOCS = Path(__file__).parents[3] / "docs" / "watch.svg"


def test_a_picture_carries_the_figures_it_was_drawn_from(tmp_path: Path) -> None:
    """Drawn again, they give the same picture."""
    write_picture(STORM, tmp_path / "new" / "watch.svg")
    svg = (tmp_path / "new" / "watch.svg").read_text()
    assert figures_in(svg) == STORM
    assert picture(figures_in(svg)) == svg


def test_a_picture_loads_nothing_from_elsewhere() -> None:
    """A page that shows it makes no request."""
    assert set(re.findall(r"https?://[^\s\"')<]+", picture(STORM))) <= {
        "http://www.w3.org/2000/svg", "https://www.textualize.io"
    }  # fmt: skip


def test_an_svg_of_another_kind_is_refused() -> None:
    """It has no figures."""
    with pytest.raises(ValueError, match="no figures"):
        figures_in("<svg></svg>")


def test_the_picture_in_the_docs_is_drawn_by_this_renderer() -> None:
    """After a change of the panel: `make picture`."""
    svg = DOCS.read_text()
    assert picture(figures_in(svg)) == svg
