"""What is wrong with a tariff document, gathered so that a designer sees everything at once.

Reading stops at nothing: each check adds its problem with the place in the file and
what to do, and only at the end is the tariff refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wattloop.library.quantity.refusal import Refused

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """Write a path as people do: ("tiers", "steps", 1, "add") is "tiers.steps[1].add"."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean X? Known here: ..." for a name that nothing answers to."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{guess}Known here: {', '.join(names)}." if names else guess.strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where it stands, what it is, and what mends it.

    `line` counts from 1; it and `file` are None for a document that came from no file.
    A `warning` does not keep the tariff from loading.
    """

    file: str | None
    line: int | None
    field: str
    what: str
    mend: str = ""
    warning: bool = False

    def __str__(self) -> str:
        """Say where, what, and what mends it, on one line."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        where = ": ".join(part for part in (place, self.field) if part)
        said = f"{self.what.rstrip('.')}. {self.mend}" if self.mend else self.what
        return f"{where}: {said}" if where else said


class TariffRefused(Refused):
    """A tariff that cannot be priced as it stands; `problems` lists everything found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all problems; the first gives the refusal its place."""
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(what=first.what, mend=first.mend, file=first.file, row=first.line, field=first.field)
        self.args = (str(self),)

    def __str__(self) -> str:
        """One line for each problem."""
        return "\n".join(str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[type[TariffRefused], tuple[tuple[Problem, ...]]]:
        """Travel between processes whole."""
        return type(self), (self.problems,)


@dataclass(slots=True)
class Findings:
    """Collects problems while a document is read.

    `lines` maps paths to line numbers; `moved` maps paths of what is being compiled to where
    they stand in the document, where the two differ.
    """

    file: str | None = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    moved: dict[Path, Path] = field(default_factory=dict)

    def written(self, path: Path) -> Path:
        """Where a path of what is being compiled stands in the document."""
        for length in range(len(path), 0, -1):
            if (at := self.moved.get(path[:length])) is not None:
                return (*at, *path[length:])
        return path

    def line_of(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it that has one."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None

    def error(self, path: Path, what: str, mend: str = "", *, line: int | None = None) -> None:
        """Note something that keeps the tariff from loading; `line` where the path does not tell it."""
        self._add(self.written(path), what, mend, line, warning=False)

    def warn(self, path: Path, what: str, mend: str = "") -> None:
        """Note something that is allowed but likely a slip."""
        self._add(self.written(path), what, mend, None, warning=True)

    def _add(self, path: Path, what: str, mend: str, line: int | None, *, warning: bool) -> None:
        problem = Problem(self.file, line or self.line_of(path), dotted(path), what, mend, warning)
        if problem not in self.problems:
            self.problems.append(problem)

    @property
    def errors(self) -> list[Problem]:
        """The problems that are not mere warnings."""
        return [problem for problem in self.problems if not problem.warning]

    def in_order(self) -> list[Problem]:
        """All problems in the order of the file."""
        return sorted(self.problems, key=lambda problem: problem.line or 0)

    def refuse_if_any(self) -> None:
        """Raise `TariffRefused` where an error was noted."""
        if self.errors:
            raise TariffRefused([problem for problem in self.in_order() if not problem.warning])
