"""Asking a language model behind any OpenAI-compatible endpoint: bounded, retried, broken off and counted.

This is what agents import. It loads no model library: only an endpoint does, and `open_client` imports it when one is
configured. README.md beside this file says what it does and what it does not do.
"""

from llm.client import (
    Answered,
    Blocked,
    Call,
    Disabled,
    ModelClient,
    NoAnswer,
    Prompt,
    Tool,
    Turn,
)
from llm.context import BYTES_PER_TOKEN, FactList, SourcedFact, fit_facts, token_estimate
from llm.opening import open_client
from llm.quoting import Quoted, quoted
from llm.schema import strict_schema
from llm.settings import ModelSettings, model_settings
from llm.totals import Reason, Totals

__all__ = [
    "BYTES_PER_TOKEN",
    "Answered",
    "Blocked",
    "Call",
    "Disabled",
    "FactList",
    "ModelClient",
    "ModelSettings",
    "NoAnswer",
    "Prompt",
    "Quoted",
    "Reason",
    "SourcedFact",
    "Tool",
    "Totals",
    "Turn",
    "fit_facts",
    "model_settings",
    "open_client",
    "quoted",
    "strict_schema",
    "token_estimate",
]
