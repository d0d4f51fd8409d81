"""The letters' templates: `templates/<language>/<kind>.txt`, plain text, the first line the subject.

To add a language, add a folder, the language to `domain/languages.py`, and its dates to `domain/airports.py`. A missing
template is an error at start, not at the first letter that needs it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.notifier.domain import APART, KINDS, LANGUAGES, AirportInfo, LetterLanguage, Template, Templates, Wording
from contracts.names import Airport

FOLDER = Path(__file__).parents[1] / "templates"


def load_templates(airports: Mapping[Airport, AirportInfo], *, folder: Path = FOLDER) -> Templates:
    """Every language's template of every kind, compiled with all that it imports, so that no letter waits for it. Raises
    jinja2.TemplateNotFound or TemplateSyntaxError."""
    environments = {language: _environment(folder, Wording(language, airports)) for language in LANGUAGES}
    for language, environment in environments.items():
        for name in environment.list_templates():
            if name.startswith(f"{language}/"):
                environment.get_template(name)
    return {
        (language, kind): _template(environments[language], language, kind)
        for language in LANGUAGES
        for kind in (*KINDS, *APART)
    }


def _environment(folder: Path, wording: Wording) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # plain text: an escaped apostrophe would be read as such
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters |= wording.filters
    return environment


def _template(environment: Environment, language: LetterLanguage, kind: str) -> Template:
    return cast(Template, environment.get_template(f"{language}/{kind}.txt"))
