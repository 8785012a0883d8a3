"""What travels between people: identity cards, and signed, sealed bundles. No idea what a testimony is, no database."""
