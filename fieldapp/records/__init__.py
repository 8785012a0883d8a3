"""What field workers write down: types, fields, dates, lists, claims and their merging, the index. No keys."""
