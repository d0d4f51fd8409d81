"""State read and written in streams: the store, views and the mirrors that feed them."""
