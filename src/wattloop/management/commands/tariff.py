"""`wattloop tariff`: tariff files checked, tested, shown, compared and imported; the work is in the library."""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TypeVar

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import REFUSED, RefusingCommand

T = TypeVar("T")


class Command(RefusingCommand):
    """Check, test, show, compare and import tariff documents."""

    help = "tariff files: check, test, show, diff, import-urdb, schema"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="check | test | show | diff | import-urdb | schema"
        )

        def verb(name: str, told: str) -> ArgumentParser:
            made: ArgumentParser = verbs.add_parser(name, help=told, description=told)
            return made

        checking = verb("check", "say everything that is wrong with tariff files")
        checking.add_argument("files", nargs="+", type=Path, metavar="FILE", help="tariff files")
        checking.add_argument("--json", action="store_true", help="the problems as a JSON list")
        testing = verb("test", "rate the worked examples inside tariff files")
        testing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="tariff files")
        testing.add_argument("--language", choices=("en", "zh"), default="en", help="of what is printed (default: en)")
        testing.add_argument("--json", action="store_true", help="every expectation as JSON")
        showing = verb("show", "print a year's calendar and all prices")
        showing.add_argument("file", type=Path, metavar="FILE", help="a tariff file")
        showing.add_argument("--year", type=int, help="whose calendar (default: this year, or the nearest in force)")
        showing.add_argument("--on", metavar="DAY", help="the version in force that day (default: today's, or nearest)")
        showing.add_argument("--language", choices=("en", "zh"), default="en", help="of what is printed (default: en)")
        showing.add_argument("--json", action="store_true", help="the same as JSON")
        comparing = verb("diff", "say what differs between two tariff files, or two versions of one")
        comparing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the old and the new, or one file")
        comparing.add_argument("--on", nargs="+", metavar="DAY", help="days of the old and the new version, or of both")
        comparing.add_argument("--year", type=int, help="whose days are compared (default: the new one's first)")
        comparing.add_argument(
            "--language", choices=("en", "zh"), default="en", help="of what is printed (default: en)"
        )
        comparing.add_argument("--json", action="store_true", help="the same as JSON")
        importing = verb("import-urdb", "turn a Utility Rate Database record into a tariff file")
        importing.add_argument("file", type=Path, metavar="FILE.json", help="one record, as JSON")
        importing.add_argument("--out", type=Path, metavar="FILE", help="the file to write; by default it is printed")
        describing = verb("schema", "print the JSON Schema of tariff files, for editors")
        describing.add_argument("--out", type=Path, metavar="FILE", help="the file to write; by default it is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand; a refusal is one message and exit code 2."""
        getattr(self, f"_{options['verb'].replace('-', '_')}")(**options)

    def _check(self, *, files: list[Path], json: bool, **_: Any) -> None:
        from wattloop.library import tariffs
        from wattloop.library.rating.examples import check_examples

        problems = [problem for file in files for problem in tariffs.check(file, check_examples)]
        if not any(not problem.warning for problem in problems):
            problems += _apart(files)
        wrong = {problem.file for problem in problems if not problem.warning}
        if json:
            self.stdout.write(_json([_fields(problem) for problem in problems]))
        else:
            for problem in problems:
                out = self.stdout if problem.warning else self.stderr
                out.write(f"{problem} (a warning)" if problem.warning else str(problem))
            for file in files:
                if str(file) not in wrong:
                    self.stdout.write(f"{file}: ok")
        if wrong:
            sys.exit(REFUSED)

    def _test(self, *, files: list[Path], language: str, json: bool, **_: Any) -> None:
        from wattloop.library import tariffs
        from wattloop.library.rating.examples_shown import Proof, facts, tell

        found, failed = [], False
        for file in files:
            proof = Proof(str(file))
            try:
                tariffs.load_versions(file, proof.take)
            except tariffs.TariffRefused as refused:
                self.stderr.write(str(refused))
                failed = True
                continue
            found.append(proof)
            failed |= not proof.ok
        if json:
            self.stdout.write(_json([facts(one) for one in found]))
        else:
            for line in (line for one in found for line in tell(one, language)):
                self.stdout.write(line)
        if failed:
            sys.exit(REFUSED)

    def _show(self, *, file: Path, year: int | None, on: str | None, language: str, json: bool, **_: Any) -> None:
        from wattloop.library import tariffs
        from wattloop.library.tariffs.show import default_year, show, version_to_show
        from wattloop.library.tariffs.show_facts import overview
        from wattloop.library.tariffs.show_words import word
        from wattloop.management.days import day

        versions = tariffs.load_versions(file)
        tariff = version_to_show(versions) if on is None else tariffs.load(file, on=day(on, "--on"))
        if json:
            self.stdout.write(_json(overview(tariff, year or default_year(tariff))))
            return
        show(tariff, year=year, language=language, file=self.stdout._out)
        others = [str(one.valid_from) for one in versions if one.valid_from != tariff.valid_from]
        if others:
            # Prices by the month are many versions.
            listed = ", ".join(others) if len(others) <= 4 else f"{others[0]} … {others[-1]}, {len(others)}"
            self.stdout.write(f"{word('other versions from', language)} {listed} (--on)")

    def _diff(
        self, *, files: list[Path], on: list[str] | None, year: int | None, language: str, json: bool, **_: Any
    ) -> None:
        from wattloop.library import tariffs
        from wattloop.library.tariffs.difference_words import facts, lines
        from wattloop.library.tariffs.show import default_year
        from wattloop.management.days import day

        dates: list[dt.date | None] = [day(one, "--on") for one in on] if on else [None]
        if len(files) > 2 or len(dates) > 2 or len(files) + len(dates) < 3:
            mend = "Give two files, or one with two days: --on 2026-09-30 2026-10-01."
            raise Refused("two versions of a tariff are compared", mend, field="FILE")
        old, new = (tariffs.load(file, on=date) for file, date in zip(_pair(files), _pair(dates), strict=True))
        of_year = year or (new.valid_from.year if new.valid_from is not None else default_year(new))
        found = tariffs.difference(old, new, of_year)
        if json:
            self.stdout.write(_json(facts(found)))
            return
        for line in lines(found, language):
            self.stdout.write(line)

    def _import_urdb(self, *, file: Path, out: Path | None, **_: Any) -> None:
        from wattloop.library import tariffs
        from wattloop.library.tariffs.dump import dump

        try:
            record = json.loads(file.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            mend = "Give one record of the Utility Rate Database, as JSON in UTF-8."
            raise Refused("This is not JSON.", mend, file=str(file)) from error
        try:
            document = tariffs.urdb_document(record)
            tariffs.from_plain(document)  # what is written can be loaded
        except tariffs.TariffRefused as refused:
            named = [tariffs.Problem(str(file), None, p.field, p.what, p.mend) for p in refused.problems]
            raise tariffs.TariffRefused(named) from refused
        self._write(dump(document), out)

    def _schema(self, *, out: Path | None, **_: Any) -> None:
        from wattloop.library.tariffs.schema import schema_text

        self._write(schema_text(), out)

    def _write(self, text: str, out: Path | None) -> None:
        if out is None:
            self.stdout.write(text, ending="")
        else:
            out.write_text(text, encoding="utf-8")


def _apart(files: list[Path]) -> list[Any]:
    """What is wrong between files that are each in order: versions of one id that overlap, or leave days out."""
    from wattloop.library import tariffs

    try:
        tariffs.versions(one for file in dict.fromkeys(files) for one in tariffs.load_versions(file))
    except tariffs.TariffRefused as refused:
        return list(refused.problems)
    return []


def _pair(values: list[T]) -> tuple[T, T]:
    """The first and the last."""
    return values[0], values[-1]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _fields(problem: Any) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("file", "line", "field", "what", "mend", "warning")}
