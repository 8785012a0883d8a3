"""What came in: the first place of the program, and all that waits for a person."""
