"""What an operator's tools do to a server: streams, embedded server, pending work, dead letters, discovery."""
