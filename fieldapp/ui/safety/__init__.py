"""Safety of the vault: ways in, backups, checking and repairing, this computer, and destroying it."""
