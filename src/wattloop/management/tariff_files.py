"""The tariffs that a command is given: every version of every file, with its worked examples checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wattloop.library.tariffs import Tariff


def load_tariffs(files: Iterable[str | Path]) -> list[Tariff]:
    """All versions of all tariffs.

    Raises:
        TariffRefused: with every problem of the first file that has any; where versions of one
            id, from one file or several, overlap or leave days between them without a price.
    """
    from wattloop.library import tariffs
    from wattloop.library.rating.examples import check_examples

    known = [one for file in files for one in tariffs.load_versions(file, check_examples)]
    return [one for versions in tariffs.versions(known).values() for one in versions]
