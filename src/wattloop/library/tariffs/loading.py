"""Loads tariff files: the whole way from text to tariffs that can be rated, or every reason why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

from wattloop.library.tariffs.compile import compile_document
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, Problem, TariffRefused
from wattloop.library.tariffs.reading import read_document
from wattloop.library.tariffs.variants import with_options

Checker = Callable[[Tariff, Findings], None]
"""What a later room finds wrong with a tariff that loads: it notes problems by path, ("examples", 0)."""


def load_versions(path: str | FilePath, checker: Checker | None = None) -> list[Tariff]:
    """Load a tariff document: its versions in order, one from each date on which a price changes.

    Each has its own `valid_from` and `valid_to`; no day lies between two. `checker` is called
    with each where they are without error.

    Raises:
        TariffRefused: with every problem found, each with file and line.
    """
    findings = Findings(file=str(path))
    found = _from_file(FilePath(path), findings, checker)
    findings.refuse_if_any()
    return found


def load(path: str | FilePath, checker: Checker | None = None, on: dt.date | None = None) -> Tariff:
    """Load the one version of a tariff document, or that in force on a day.

    Raises:
        TariffRefused: with every problem found, each with file and line; where there are
            several versions and no day is given, or none is in force on it.
    """
    return _chosen(load_versions(path, checker), on, str(path))


def from_plain(plain: Mapping[str, Any], *, file: str | None = None, on: dt.date | None = None) -> Tariff:
    """Compile a document given as plain values (dict, list, str, Decimal, int, bool).

    Args:
        plain: the document.
        file: the file it came from, beside which the files it names are looked for.
        on: a day of the version that is wanted, where prices change by date.

    Raises:
        TariffRefused: with every problem found.
    """
    findings = Findings(file=file)
    found = _compiled(plain, findings, None)
    findings.refuse_if_any()
    return _chosen(found, on, file)


def _chosen(found: list[Tariff], on: dt.date | None, file: str | None) -> Tariff:
    if on is None and len(found) == 1:
        return found[0]
    starts = ", ".join(str(one.valid_from) for one in found)
    if on is None:
        said = f"The prices change by date, and no day is named; versions begin on {starts}."
        mend = "Name a day on which the one wanted is in force."
        raise TariffRefused([Problem(file, None, "valid_from", said, mend)])
    for one in found:
        if (one.valid_from is None or one.valid_from <= on) and (one.valid_to is None or on <= one.valid_to):
            return one
    end = found[-1].valid_to or "further notice"
    said = f"The tariff is in force from {found[0].valid_from or 'any day'} to {end}, not on {on}."
    raise TariffRefused([Problem(file, None, "valid_from", said, "Name another day, or the file of that day.")])


def at_any_time(tariff: Tariff) -> Tariff:
    """The same prices without dates, for a what-if on readings from before or after the tariff was in force.

    A variant stays one: the options applied to it are applied anew.

    Raises:
        TariffRefused: where the calendar cannot be decided without dates.
        ValueError: where the tariff came without a document.
    """
    if tariff.document is None:
        msg = f"tariff {tariff.id} has no document to compile anew"
        raise ValueError(msg)
    findings = Findings(file=tariff.document.file)
    [(compiled, _)] = compile_document(
        tariff.document.model_copy(update={"valid_from": None, "valid_to": None}), findings
    )
    findings.refuse_if_any()
    return with_options(compiled, tariff.applied)


def check(path: str | FilePath, checker: Checker | None = None) -> list[Problem]:
    """Everything wrong with a tariff file, in the order of its lines; empty where nothing is.

    Warnings are among them; `Problem.warning` tells.
    """
    findings = Findings(file=str(path))
    _from_file(FilePath(path), findings, checker)
    return findings.in_order()


def check_text(text: str, file: str | FilePath, checker: Checker | None = None) -> list[Problem]:
    """As `check`, of a text that may come to stand in a file; what it names is looked for beside that."""
    findings = Findings(file=str(file))
    _compiled(read_plain(text, findings), findings, checker)
    return findings.in_order()


def _from_file(path: FilePath, findings: Findings, checker: Checker | None) -> list[Tariff]:
    text = read_text(path, findings)
    return [] if text is None else _compiled(read_plain(text, findings), findings, checker)


def _compiled(plain: Any, findings: Findings, checker: Checker | None) -> list[Tariff]:
    document, broken = read_document(plain, findings)
    if document is None or "calendar" in broken:
        return []
    if not broken and not findings.errors:
        found = compile_document(document, findings)
        if checker is not None and not findings.errors:
            for tariff, findings.moved in found:
                checker(tariff, findings)
            findings.moved = {}
        return [tariff for tariff, _ in found]
    # A section that could not be read would make others look wrong: only what is wrong by itself is told.
    later = Findings(findings.file, findings.lines)
    compile_document(document, later)
    for problem in later.problems:
        section = problem.field.partition(".")[0].partition("[")[0]
        if section not in broken and problem not in findings.problems:
            findings.problems.append(problem)
    return []
