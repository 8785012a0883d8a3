"""A form for any record type, made from its fields: one small editor for each kind of value."""
