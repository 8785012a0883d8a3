"""Handing over and taking in: bundles, and the people whom one trusts."""
