"""Errors that know where inside a value they arose, so that a nested slip is reported at its own line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wattloop.library.tariffs.problems import Path

T = TypeVar("T")


class PlacedError(ValueError):
    """Several errors of one value, each with the path from that value to it."""

    def __init__(self, places: list[tuple[Path, str]]) -> None:
        """Keep each path with what is wrong there."""
        self.places = places
        super().__init__("; ".join(said for _, said in places))


def each(plain: Mapping[Any, Any], parse: Callable[[Any], T]) -> dict[str, T]:
    """Parse every value of a mapping.

    Raises:
        PlacedError: with every value that could not be parsed.
    """
    parsed: dict[str, T] = {}
    places: list[tuple[Path, str]] = []
    for key, value in plain.items():
        try:
            parsed[str(key)] = parse(value)
        except PlacedError as error:
            places += [((str(key), *path), said) for path, said in error.places]
        except ValueError as error:
            places.append(((str(key),), str(error)))
    if places:
        raise PlacedError(places)
    return parsed
