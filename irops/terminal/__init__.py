"""Running a command in a terminal: exit status, failures in one line, folders named by options."""
