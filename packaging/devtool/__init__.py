"""What `packaging/dev` is made of. Standard library only, because it runs before anything is installed.

The exception is `catalogues`, which needs Babel and runs inside the virtual environment.
"""
