"""The scripted model and its guard, for tests with a real client."""

from tests.llm.guard import only_scripted_models, scripted

__all__ = ["only_scripted_models", "scripted"]
