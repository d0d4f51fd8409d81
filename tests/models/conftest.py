"""The guard and the scripted model, for the tests of the door itself."""

from tests.models.guard import dead_endpoint, only_scripted_models, scripted

__all__ = ["dead_endpoint", "only_scripted_models", "scripted"]
