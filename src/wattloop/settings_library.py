"""Settings of the commands that use the library alone: no database, no pages, so they start in half the time."""

from __future__ import annotations

COMMANDS = frozenset({"bench", "explain", "rate", "readings", "rebill", "tariff", "verify", "whatif"})

INSTALLED_APPS = ["wattloop"]
USE_TZ = True
