"""The running system from outside: connecting, provisioning, reading its streams and its agents' figures."""
