"""Django's command runner, telling our commands first, each in a line, and our version."""

from __future__ import annotations

import textwrap

from django import get_version
from django.core.management import ManagementUtility, get_commands, load_command_class

from wattloop import __version__
from wattloop.environment import make_home
from wattloop.settings_library import COMMANDS

VERSION = f"wattloop {__version__} (Django {get_version()})"


class Runner(ManagementUtility):
    """The command line of the whole project."""

    def execute(self) -> None:
        """Run the command named, or tell the version."""
        if self.argv[1:] in (["--version"], ["version"]):
            print(VERSION)  # noqa: T201
            return
        if self.argv[1:] and not self.argv[1].startswith("-") and self.argv[1] not in COMMANDS | {"help"}:
            make_home()
        super().execute()

    def main_help_text(self, commands_only: bool = False) -> str:
        """Our commands with what they do, then the names of Django's.

        Args:
            commands_only: one name per line, for shell completion.
        """
        names = get_commands()
        if commands_only:
            return "\n".join(sorted(names))
        ours = sorted(name for name, app in names.items() if app == "wattloop")
        width = max(map(len, ours))
        told = [f"  {name:<{width}}  {load_command_class('wattloop', name).help}" for name in ours]
        others = textwrap.wrap(", ".join(sorted(names.keys() - set(ours))), 76)
        return "\n".join([
            f"{VERSION}: meter readings to exact electricity bills",
            "",
            "Commands (wattloop COMMAND --help tells more):",
            *told,
            "",
            "Django's own:",
            *(f"  {line}" for line in others),
        ])  # fmt: skip
