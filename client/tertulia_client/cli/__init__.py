"""The command `tertulia` and those of its commands that need no server."""
