"""`wattloop messages`: what pages say, in Chinese."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Keep the catalogs of translations."""

    help = "find, keep and compile what pages say in Chinese"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is done."""
        parser.add_argument("--compile", action="store_true", help="compile them alone (set-up does it)")
        parser.add_argument(
            "--only", metavar="PATH", help="those in whose folder this stands, as faces/console/billing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Renew, say what lacks a translation, compile."""
        from wattloop.management import catalogs

        everyone = catalogs.owners()
        only = (options["only"] or "").strip("/")
        chosen = [owner for owner in everyone if not only or owner == catalogs.ROOT / only]
        if not chosen:
            there = ", ".join(str(owner.relative_to(catalogs.ROOT)) for owner in everyone)
            raise Refused(f"{only} has no catalog", f"Those that have: {there}.", field="--only")
        if not options["compile"]:
            for owner in chosen:
                self._renew(owner, everyone)
        made = sum(catalogs.compile_catalog(owner) for owner in chosen)
        self.say(f"{made} of {len(chosen)} catalogs compiled anew")

    def _renew(self, owner: Any, everyone: list[Any]) -> None:
        from wattloop.management import catalogs

        catalog = catalogs.renewed(owner, everyone)
        file = catalogs.file_of(owner)
        if not len(catalog):
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        text = catalogs.written(catalog)
        if not file.is_file() or file.read_bytes() != text:
            file.write_bytes(text)
        for message in catalogs.lacking(catalog):
            self.say(f"{file.relative_to(catalogs.ROOT)}: no Chinese for {message!r}")
