"""Records in the window: the list, the detail, and what hangs on them."""
