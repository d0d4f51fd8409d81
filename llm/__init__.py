"""How a language model is asked: any OpenAI-compatible endpoint, bounded, retried, broken off and counted."""
