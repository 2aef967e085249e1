"""The command `wattloop`: Django's own command runner with our settings."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattloop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["wattloop", *sys.argv[1:]])


if __name__ == "__main__":
    main()
