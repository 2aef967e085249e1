"""Loads tariff files: the whole way from text to a tariff that can be rated, or every reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

from wattloop.library.tariffs.compile import compile_document
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, Problem
from wattloop.library.tariffs.reading import read_document

Checker = Callable[[Tariff, Findings], None]
"""What a later room finds wrong with a tariff that loads: it notes problems by path, ("examples", 0)."""


def load(path: str | FilePath, checker: Checker | None = None) -> Tariff:
    """Load a tariff document; `checker` is called with it where it is without error.

    Raises:
        TariffRefused: with every problem found, each with file and line.
    """
    findings = Findings(file=str(path))
    tariff = _from_file(FilePath(path), findings, checker)
    findings.refuse_if_any()
    assert tariff is not None
    return tariff


def from_plain(plain: Mapping[str, Any], *, file: str | None = None) -> Tariff:
    """Compile a document given as plain values (dict, list, str, Decimal, int, bool).

    Raises:
        TariffRefused: with every problem found.
    """
    findings = Findings(file=file)
    tariff = _compiled(plain, findings)
    findings.refuse_if_any()
    assert tariff is not None
    return tariff


def at_any_time(tariff: Tariff) -> Tariff:
    """The same prices without dates, for a what-if on readings from before or after the tariff was in force.

    Raises:
        TariffRefused: where the calendar cannot be decided without dates.
        ValueError: where the tariff came without a document.
    """
    if tariff.document is None:
        msg = f"tariff {tariff.id} has no document to compile anew"
        raise ValueError(msg)
    findings = Findings(file=None)
    compiled = compile_document(tariff.document.model_copy(update={"valid_from": None, "valid_to": None}), findings)
    findings.refuse_if_any()
    return compiled


def check(path: str | FilePath, checker: Checker | None = None) -> list[Problem]:
    """Everything wrong with a tariff file, in the order of its lines; empty where nothing is.

    Warnings are among them; `Problem.warning` tells.
    """
    findings = Findings(file=str(path))
    _from_file(FilePath(path), findings, checker)
    return findings.in_order()


def _from_file(path: FilePath, findings: Findings, checker: Checker | None) -> Tariff | None:
    text = read_text(path, findings)
    if text is None:
        return None
    plain = read_plain(text, findings)
    tariff = _compiled(plain, findings)
    if tariff is not None and checker is not None and not findings.errors:
        checker(tariff, findings)
    return tariff


def _compiled(plain: Any, findings: Findings) -> Tariff | None:
    document, broken = read_document(plain, findings)
    if document is None or "calendar" in broken:
        return None
    if not broken and not findings.errors:
        return compile_document(document, findings)
    # A section that could not be read would make others look wrong: only what is wrong by itself is told.
    later = Findings(findings.file, findings.lines)
    compile_document(document, later)
    for problem in later.problems:
        section = problem.field.partition(".")[0].partition("[")[0]
        if section not in broken and problem not in findings.problems:
            findings.problems.append(problem)
    return None
