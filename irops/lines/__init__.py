"""JSON lines: reading them strictly, explaining what is wrong with one, writing them sorted."""
