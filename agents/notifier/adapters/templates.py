"""The message templates: `templates/<language>/<kind>.txt`, plain text, the first line the subject.

Adding a language is adding a folder (and the language to `contracts.ledger.Language`); a missing template is an error at
start, not at the first message that needs it.
"""

from functools import cache
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.notifier.domain import KINDS, LANGUAGES, Templates
from agents.notifier.domain.writer import Template

FOLDER = Path(__file__).parents[1] / "templates"


@cache
def load_templates(folder: Path = FOLDER) -> Templates:
    """Every language's template of every kind, compiled. Raises jinja2.TemplateNotFound or TemplateSyntaxError."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # plain text: an escaped apostrophe would be read as such
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    return {
        (language, kind): cast(Template, environment.get_template(f"{language}/{kind}.txt"))
        for language in LANGUAGES
        for kind in KINDS
    }
