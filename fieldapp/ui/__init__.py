"""The window: shows values, starts jobs. It knows services, and nothing of SQL, keys or files."""
