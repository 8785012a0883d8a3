"""The command line: every service as a command, thin. `main.run` is the whole of it."""
