"""Keys of users, their permissions, and the server's list of both."""
