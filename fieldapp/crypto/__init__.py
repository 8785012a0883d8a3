"""The only door to `cryptography`: age, streams, key slots, identities and their signatures, recovery, names and sizes."""
