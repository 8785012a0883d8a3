"""The only door to `cryptography`: age, streams, key slots, identities, signatures, recovery, names and sizes."""
