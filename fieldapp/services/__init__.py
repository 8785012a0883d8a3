"""The verbs of the program: window and command line both call these and nothing deeper. Each returns what changed."""
