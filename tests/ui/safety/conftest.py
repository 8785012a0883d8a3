"""The people of the scenes."""

from __future__ import annotations

from tests.ui.rooms import rooms

__all__ = ["rooms"]
