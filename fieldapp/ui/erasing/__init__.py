"""What narrators take back: said, decided, erased for good, and who must be told of it."""
