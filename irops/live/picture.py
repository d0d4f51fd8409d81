"""A frame as an SVG picture that carries its own figures, so that a test can draw it again and compare.

The picture needs nothing from elsewhere: rich's links to web fonts are left out.
"""

import re
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape, unescape

import msgspec
from rich.console import Console

from irops.live.figures import Figures
from irops.live.panel import WIDEST, panel

_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_METADATA = re.compile(r"<metadata>(.*?)</metadata>", re.DOTALL)


def picture(figures: Figures) -> str:
    """The panel at its widest, as SVG."""
    console = Console(record=True, width=WIDEST, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(panel(figures, width=WIDEST))
    svg = _FONTS.sub("", console.export_svg(title="irops", unique_id="irops"))
    head, start, rest = svg.partition("<style>")
    return f"{head}<metadata>{escape(msgspec.json.encode(figures).decode())}</metadata>\n    {start}{rest}\n"


def figures_in(svg: str) -> Figures:
    """The figures a picture was drawn from. Raises `ValueError` for an SVG that has none."""
    found = _METADATA.search(svg)
    if not found:
        raise ValueError("this SVG carries no figures")
    return msgspec.json.decode(unescape(found[1]), type=Figures)


def write_picture(figures: Figures, to: Path) -> None:
    """Raises `OSError`."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(picture(figures))
