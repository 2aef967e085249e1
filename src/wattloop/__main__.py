"""The command `wattloop`: Django's command runner with our settings and our list of commands."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    from wattloop.settings_library import COMMANDS

    settings = "settings_library" if sys.argv[1:2] and sys.argv[1] in COMMANDS else "settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"wattloop.{settings}")
    from wattloop.management.runner import Runner

    Runner(["wattloop", *sys.argv[1:]]).execute()


if __name__ == "__main__":
    main()
