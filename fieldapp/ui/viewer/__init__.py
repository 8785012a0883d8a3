"""Looking at documents inside the program."""
