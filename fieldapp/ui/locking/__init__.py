"""Locking: the keys that always work, the cover, the last minute before a lock, and the way back to the same place."""
