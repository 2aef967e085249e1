"""`wattloop enterprise`: the enterprise folder written, checked, loaded and compared."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import REFUSED, RefusingCommand, subcommand

if TYPE_CHECKING:
    from wattloop.apps.enterprise.folder.reading import Folder
    from wattloop.apps.records.actors import Actor
    from wattloop.library.tariffs.problems import Problem


class Command(RefusingCommand):
    """Write, check, load and compare the enterprise folder; give its users passwords."""

    help = "the enterprise folder: new, check, load, diff, decide, users"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Subcommands."""
        verbs = parser.add_subparsers(required=True, metavar="new | check | load | diff | decide | users")
        new = subcommand(verbs, "new", self._new, "write a folder that works, from the answers to a few questions")
        new.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet")
        for name, told in (
            ("name", "of the enterprise"), ("currency", "three letters, as CNY"), ("zone", "as Asia/Shanghai"),
            ("country", "whose holidays: CN, DE, none"), ("stations", "their names, with commas between"),
            ("languages", "zh-hans, en or both, the first for whoever has not chosen"),
            ("admin", "user name of who loads the folder"), ("chief", "user name of who decides tariffs"),
        ):  # fmt: skip
            new.add_argument(f"--{name}", help=told)
        checking = subcommand(verbs, "check", self._check, "say everything that is wrong, and how ready it is")
        checking.add_argument("folder", type=Path, metavar="FOLDER")
        checking.add_argument("--json", action="store_true", help="the same as JSON")
        loading = subcommand(verbs, "load", self._load, "check a folder and take it; its tariffs become proposals")
        loading.add_argument("folder", type=Path, metavar="FOLDER")
        loading.add_argument("--note", default="", help="why, for the audit")
        comparing = subcommand(verbs, "diff", self._diff, "say what differs from the folder that is loaded")
        comparing.add_argument("folder", type=Path, metavar="FOLDER")
        comparing.add_argument(
            "--language", choices=("en", "zh"), default="en", help="of what is printed (default: en)"
        )
        deciding = subcommand(verbs, "decide", self._decide, "put proposed tariffs in force, or send them back")
        deciding.add_argument("tariffs", nargs="*", metavar="TARIFF", help="their ids (default: all that wait)")
        deciding.add_argument("--refuse", action="store_true", help="send them back")
        deciding.add_argument("--note", default="", help="why; needed to send one back")
        users = subcommand(verbs, "users", self._users, "list who may sign in, with their roles")
        users.add_argument("--passwords", action="store_true", help="give a password to all who have none; told once")
        for one in (loading, deciding, users):
            one.add_argument("--by", metavar="USER", help="who does it (default: the command line itself)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the subcommand."""
        options["run"](options)

    def _new(self, options: dict[str, Any]) -> None:
        from wattloop.management.new_enterprise import ask, write

        answers = ask(options, asking=sys.stdin.isatty(), say=self.say)
        write(options["folder"], answers)
        self.say(f"{options['folder']} is written. Look at it, then: wattloop enterprise check {options['folder']}")

    def _check(self, options: dict[str, Any]) -> None:
        from wattloop.apps.enterprise.folder.checking import check_folder
        from wattloop.apps.enterprise.folder.readiness import readiness
        from wattloop.library.quantity import clock

        path = options["folder"]
        folder = check_folder(path, clock.today())
        points = readiness(folder, clock.today())
        if options["json"]:
            self.say(
                "", {"problems": [_fields(one) for one in folder.problems], "ready": [_point(one) for one in points]}
            )
        else:
            for problem in folder.problems:
                told = f"{path}/{problem}"
                (self.stdout if problem.warning else self.stderr).write(
                    f"{told} (a warning)" if problem.warning else told
                )
            self._tell_ready(path, folder, points)
        if folder.errors:
            sys.exit(REFUSED)

    def _tell_ready(self, path: Path, folder: Folder, points: list[Any]) -> None:
        missing = sum(point.level == "missing" for point in points)
        mind = sum(point.level == "mind" for point in points)
        if folder.errors:
            self.stderr.write(f"{path}: {counted(len(folder.errors), 'error')}")
            return
        signs = {"ready": "✓", "mind": "!", "missing": "✗"}
        self.say(f"{path}: {'ready' if not missing else 'not ready'}, {counted(mind, 'thing')} to mind")
        for point in points:
            self.say(f"  {signs[point.level]} {point}")

    def _load(self, options: dict[str, Any]) -> None:
        from wattloop.apps.enterprise import services

        loaded = services.load_folder(options["folder"], by=_by(options), note=options["note"])
        if loaded.changes is None:
            self.say(f"nothing changes: this is version {loaded.version.number}, as it was loaded")
            return
        self.say(f"version {loaded.version.number} is loaded")
        for how, told in (("made", "new"), ("changed", "changed"), ("gone", "gone, or inactive now")):
            for kind, codes in getattr(loaded.changes, how).items():
                few = ", ".join(codes) if len(codes) <= 12 else f"{len(codes)}"
                self.say(f"  {kind}, {told}: {few}")
        if any("tariff" in getattr(loaded.changes, how) for how in ("made", "changed")):
            self.say("Somebody else puts the tariffs in force: in the console, or wattloop enterprise decide --by USER")

    def _diff(self, options: dict[str, Any]) -> None:
        from django.utils import translation

        from wattloop.apps.enterprise import queries
        from wattloop.apps.enterprise.folder.differences import differences

        version = queries.current()
        old = queries.version_folder(version.number) if version is not None else None
        with translation.override("zh-hans" if options["language"] == "zh" else "en"):
            found = differences(old, options["folder"], queries.today().year)
        for change in found:
            self.say(change)
        if not found:
            self.say("nothing differs")

    def _decide(self, options: dict[str, Any]) -> None:
        from wattloop.apps.enterprise import services
        from wattloop.apps.enterprise.models import TariffOffer

        waiting = {one.tariff: one for one in TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED)}
        for name in options["tariffs"]:
            if name not in waiting:
                raise Refused(f"{name} does not wait to be decided", f"These do: {', '.join(waiting) or 'none'}.")
        chosen = [waiting[name] for name in options["tariffs"]] or list(waiting.values())
        decided = services.decide_tariffs(chosen, not options["refuse"], options["note"], by=_by(options))
        for offer in decided:
            self.say(f"{offer.tariff}: {offer.state}")
        if not decided:
            self.say("no tariff waits to be decided")

    def _users(self, options: dict[str, Any]) -> None:
        from wattloop.apps.enterprise import services
        from wattloop.apps.enterprise.models import User

        given = services.give_passwords(by=_by(options)) if options["passwords"] else {}
        users = User.objects.filter(is_active=True).prefetch_related("assignments__role", "assignments__unit")
        for user in users.order_by("username"):
            roles = ", ".join(f"{one.role.code} of {one.unit.code}" for one in user.assignments.all())
            told = given.get(user.username) or ("" if user.has_usable_password() else "no password")
            self.say(f"{user.username:<16} {told:<20} {roles}".rstrip())
        if given:
            self.say("These passwords are shown once.")


def _by(options: dict[str, Any]) -> Actor:
    """Who does it: a user that is named, or whoever may run commands here."""
    from wattloop.apps.enterprise.models import User
    from wattloop.apps.records.actors import System

    name = options["by"]
    if name is None:
        return System("command line")
    user: User | None = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise Refused(f"there is no active user {name}", "wattloop enterprise users lists them.", field="--by")
    return user


def _fields(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("file", "line", "field", "what", "mend", "warning")}


def _point(point: Any) -> dict[str, str]:
    return {"level": point.level, "said": point.said, "mend": point.mend}
