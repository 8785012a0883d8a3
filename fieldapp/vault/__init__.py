"""The encrypted folder: header, database, objects, journal. Bytes and tables; no idea what a testimony is."""
