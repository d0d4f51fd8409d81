"""The agents and the embedded server as operating-system processes."""
