"""What `packaging/dev bench` measures, one file per subject; `…_child.py` runs in a process of its own."""
