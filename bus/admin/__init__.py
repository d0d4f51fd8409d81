"""What an operator's tools do to a server: provision streams, embed a server, list pending work, purge, discover agents."""
