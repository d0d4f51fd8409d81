"""Says what is owed to whom, by which rule of which law."""
