"""Keys, permissions and the server's users."""
