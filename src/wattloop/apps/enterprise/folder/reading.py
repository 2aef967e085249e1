"""Reads an enterprise folder: every file with its lines, everything wrong with it at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloop.apps.enterprise.folder import sections
from wattloop.apps.enterprise.folder.sections import Section
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, Problem, TariffRefused, nearest
from wattloop.library.tariffs.reading import read_part

if TYPE_CHECKING:
    from wattloop.apps.enterprise.folder.schemas import Notice
    from wattloop.library.tariffs import Tariff

MOST_FILES = 2_000
MOST_BYTES = 50 * 1024 * 1024
SPECIAL = ("tariffs", "prices", "triggers", "calendars", "notices")
YAML = (".yaml", ".yml")


class FolderRefused(TariffRefused):
    """A folder that cannot be taken as it stands; `problems` lists everything found."""


@dataclass(frozen=True, slots=True)
class TariffFile:
    """A tariff of the folder: its versions, the files it takes from, and a digest over all of them."""

    file: str
    versions: tuple[Tariff, ...]
    uses: tuple[str, ...]
    digest: str

    @property
    def id(self) -> str:
        """The tariff's id."""
        return self.versions[0].id

    @property
    def name(self) -> dict[str, str]:
        """Its name by language."""
        return self.versions[0].name


@dataclass
class Folder:
    """A folder as it was read.

    Args:
        path: where it lies.
        digests: SHA-256 of every file, by its path in the folder.
        content: {section: what its file says}; without those that are absent or broken.
        notices: by id.
        tariffs: by id; without those that are broken.
        findings: {file: what is wrong with it}, those without anything wrong among them.
    """

    path: Path
    digests: dict[str, str] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    tariffs: dict[str, TariffFile] = field(default_factory=dict)
    findings: dict[str, Findings] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """One digest of all files and their names."""
        told = "\n".join(f"{digest} {name}" for name, digest in sorted(self.digests.items()))
        return hashlib.sha256(told.encode()).hexdigest()

    def of(self, file: str) -> Findings:
        """What is wrong with a file."""
        return self.findings.setdefault(file, Findings(file=file))

    @property
    def problems(self) -> list[Problem]:
        """Everything wrong, by file and line; `Problem.file` is the path in the folder."""
        return [problem for name in sorted(self.findings) for problem in self.findings[name].in_order()]

    @property
    def errors(self) -> list[Problem]:
        """What keeps the folder from being taken."""
        return [problem for problem in self.problems if not problem.warning]

    def refuse_if_any(self) -> None:
        """Refuse a folder that has errors.

        Raises:
            FolderRefused: with every one of them.
        """
        if self.errors:
            raise FolderRefused(self.errors)


def read_folder(path: Path, tariffs: Collection[str] | None = None) -> Folder:
    """Read every file of a folder; what is wrong within single files is in its `findings`.

    Args:
        path: the folder.
        tariffs: the files of those tariffs that matter; all without it.

    Raises:
        FolderRefused: where there is no such folder, or it holds more than any enterprise needs.
    """
    folder = Folder(path)
    folder.digests = {name: digest_of(path / name) for name in _files(path)}
    for section in (*sections.OWN, *sections.declared()):
        _read_section(folder, section)
    _read_notices(folder)
    _read_tariffs(folder, tariffs)
    _note_strays(folder)
    return folder


def read_section(path: Path, section: Section, findings: Findings) -> Any:
    """What a section's file says; None where it is broken, which is noted in `findings`."""
    return _read(path, section.model, findings, f"{section.file} as a file", ", ".join(section.model.model_fields))


def _read(path: Path, model: Any, findings: Findings, kind: str, begins: str) -> Any:
    text = read_text(path, findings)
    plain = read_plain(text, findings, kind, begins) if text is not None else None
    return read_part(model, plain, findings) if plain is not None and not findings.errors else None


def _files(path: Path) -> list[str]:
    if not path.is_dir():
        _refuse(path, "There is no such folder.", "Give the folder that holds enterprise.yaml.")
    found, size = [], 0
    for file in _walk(path):
        name = file.relative_to(path).as_posix()
        if file.is_symlink():
            _refuse(Path(name), "This is a link to another place.", "Put the file itself into the folder.")
        found.append(name)
        size += file.stat().st_size
        if len(found) > MOST_FILES or size > MOST_BYTES:
            said = f"The folder holds more than {MOST_FILES:,} files or {MOST_BYTES // 1024**2} MiB."
            _refuse(path, said, "Give the enterprise folder alone.")
    return sorted(found)


def _refuse(file: Path, what: str, mend: str) -> None:
    raise FolderRefused([Problem(str(file), None, "", what, mend)])


def _walk(path: Path) -> Iterator[Path]:
    """Every file that is not hidden, nor what an editor left beside one."""
    for at, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in names:
            if not name.startswith((".", "~")) and not name.endswith(("~", ".swp", ".bak", ".orig")):
                yield Path(at) / name
        for name in [one for one in folders if (Path(at) / one).is_symlink()]:
            yield Path(at) / name


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_section(folder: Folder, section: Section) -> None:
    findings = folder.of(section.file)
    if section.file not in folder.digests:
        if section.required:
            findings.error((), "The file is missing.", "`wattloop enterprise new` writes a folder that has it.")
        else:
            folder.content[section.name] = section.model()
        return
    found = read_section(folder.path / section.file, section, findings)
    if found is not None:
        folder.content[section.name] = found


def _read_notices(folder: Folder) -> None:
    from wattloop.apps.enterprise.folder.schemas import Notice

    for name in _in(folder, "notices", YAML):
        findings = folder.of(name)
        found = _read(folder.path / name, Notice, findings, "A notice", "id, name, by and text")
        if found is None:
            continue
        if name != f"notices/{found.id}.yaml":
            findings.error(("id",), "The file is not named after its id.", f"Name it {found.id}.yaml.")
        folder.notices[found.id] = found


def _read_tariffs(folder: Folder, wanted: Collection[str] | None) -> None:
    from wattloop.library import tariffs
    from wattloop.library.rating.examples import check_examples

    for name in _in(folder, "tariffs", YAML):
        if wanted is not None and name not in wanted:
            continue
        path = folder.path / name
        _take(folder, tariffs.check(path, check_examples))
        if folder.of(name).errors:
            continue
        try:
            found = tuple(tariffs.load_versions(path))
        except TariffRefused as refused:  # what is wrong is in a list that it takes from
            _take(folder, refused.problems)
            continue
        folder.of(name).lines = _lines(path)
        uses = tuple(_used(found[0].document.plain, name, folder.digests))
        told = "\n".join(folder.digests[one] for one in (name, *uses))
        made = TariffFile(name, found, uses, hashlib.sha256(told.encode()).hexdigest())
        other = folder.tariffs.get(made.id)
        if other is not None:
            said = f"The tariff `{made.id}` stands in {other.file} too."
            mend = "A tariff is one file. What it said before stays in force for the days before it begins."
            folder.of(name).error(("id",), said, mend)
            continue
        folder.tariffs[made.id] = made


def _lines(path: Path) -> dict[Any, int]:
    """Where everything stands in a file that was read without errors."""
    found = Findings()
    read_plain(read_text(path, found) or "", found)
    return found.lines


def _take(folder: Folder, problems: Iterable[Problem]) -> None:
    """Note what the library found, under names of the folder's own."""
    for one in problems:
        file = Path(one.file or "")
        name = file.relative_to(folder.path).as_posix() if file.is_relative_to(folder.path) else file.name
        problem = Problem(name, one.line, one.field, one.what, one.mend, one.warning)
        if problem not in folder.of(name).problems:
            folder.of(name).problems.append(problem)


def _used(plain: Any, file: str, known: dict[str, str]) -> list[str]:
    """The files that a tariff names: beside it, or in the folder above."""
    above = [Path(file).parent, *Path(file).parent.parents]
    names = {(folder / text).as_posix() for text in _texts(plain) if "/" in text or "." in text for folder in above}
    return sorted(name for name in names if name in known and name != file)


def _texts(plain: Any) -> Iterator[str]:
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        for value in plain.values():
            yield from _texts(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from _texts(value)


def _in(folder: Folder, top: str, endings: tuple[str, ...]) -> list[str]:
    return [name for name in folder.digests if name.startswith(f"{top}/") and name.endswith(endings)]


def _note_strays(folder: Folder) -> None:
    """Warn of files that nothing reads: most often a name that is misspelt."""
    known = [one.file for one in (*sections.OWN, *sections.declared())]
    is_read: Callable[[str], bool] = lambda name: name in known or name.split("/")[0] in SPECIAL  # noqa: E731
    for name in folder.digests:
        if not is_read(name) and name.endswith(YAML):
            folder.of(name).warn((), "Nothing reads this file.", nearest(name, known))
