"""Field App: an offline, encrypted archive of testimonies for people who get others out of forced recruitment."""

__version__ = "0.1.0"
