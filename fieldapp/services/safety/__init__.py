"""Services that keep a vault, its keys and its people safe: one file per concern."""
