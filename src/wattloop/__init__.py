"""Wattloop: an electricity supplier's customer side as one closed loop."""

__version__ = "0.1.0"
