"""`wattloop assets`: fetch what pages are styled and drawn with."""

from __future__ import annotations

from typing import Any

from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Fetch the style sheet and the chart library at their locked versions."""

    help = "fetch the style sheet and the chart library of pages"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Install, and say what is there."""
        from wattloop.faces.web import assets

        for file in assets.install():
            self.say(f"{file.name}  {file.stat().st_size // 1024} KB")
