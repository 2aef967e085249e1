"""What differs between two versions of a folder, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from wattloop.apps.enterprise.folder.reading import Folder, read_folder
from wattloop.apps.enterprise.wording import chinese, in_words
from wattloop.library.tariffs.problems import dotted

if TYPE_CHECKING:
    from wattloop.library.tariffs import Tariff


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    Args:
        file: where it stands.
        thing: what it is, as its file calls it.
        said: what became of it.
        more: lines that tell it in full, for a tariff.
    """

    file: str
    thing: str
    said: str
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{self.file}: {f'{self.thing}: ' if self.thing else ''}{self.said}"
        return "\n".join([told, *(f"  {line}" for line in self.more)])


def differences(old: Path | None, new: Path, year: int) -> list[Change]:
    """What differs between two folders, file by file; everything is new without an old one.

    Args:
        old, new: their paths.
        year: whose days are compared where a tariff's hours move.

    Raises:
        FolderRefused: where the new one has errors.
    """
    before = read_folder(old, tariffs=()) if old is not None else None
    after = read_folder(new, tariffs=())
    changed = _changed_tariffs(before, after)
    before = read_folder(old, tariffs=changed) if old is not None else None
    after = read_folder(new, tariffs=changed)
    after.refuse_if_any()
    return [*_sections(before, after), *_notices(before, after), *_tariffs(before, after, year), *_files(before, after)]


def _changed_tariffs(before: Folder | None, after: Folder) -> set[str]:
    """The tariff files that may mean something else: their own text changed, or that of a list."""
    old = before.digests if before is not None else {}
    names = {name for name in {*old, *after.digests} if old.get(name) != after.digests.get(name)}
    if any(name.startswith(("prices/", "triggers/", "calendars/")) for name in names):
        return {name for name in {*old, *after.digests} if name.startswith("tariffs/")}
    return names


def _sections(before: Folder | None, after: Folder) -> Iterator[Change]:
    from wattloop.apps.enterprise.folder import sections

    for section in (*sections.OWN, *sections.declared()):
        old = _plain(before.content.get(section.name)) if before is not None else {}
        new = _plain(after.content.get(section.name))
        for path, was, now in _compared(old, new, ()):
            # The first key of a file of many things says what they are, as its name does.
            yield Change(section.file, dotted(path[1:] if len(path) > 1 else path), _said(was, now))


def _notices(before: Folder | None, after: Folder) -> Iterator[Change]:
    old = {name: _plain(one) for name, one in before.notices.items()} if before is not None else {}
    new = {name: _plain(one) for name, one in after.notices.items()}
    for path, was, now in _compared(old, new, ()):
        yield Change(f"notices/{path[0]}.yaml", dotted(path[1:]), _said(was, now))


def _tariffs(before: Folder | None, after: Folder, year: int) -> Iterator[Change]:
    old = before.tariffs if before is not None else {}
    for name in sorted({*old, *after.tariffs}):
        was, now = old.get(name), after.tariffs.get(name)
        if now is None:
            assert was is not None
            yield Change(was.file, name, _("is gone; what is in force stays so"))
        elif was is None:
            yield Change(now.file, name, _("is new: {name}").format(name=in_words(now.name)))
        elif was.digest != now.digest:
            more = tuple(_in_tariff(was.versions, now.versions, year))
            yield Change(
                now.file, name, _("changes") if more else _("is written otherwise, and charges the same"), more
            )


def _in_tariff(old: tuple[Tariff, ...], new: tuple[Tariff, ...], year: int) -> Iterator[str]:
    """What differs in each of a tariff's versions from what was in force on its first day."""
    from wattloop.library.tariffs import difference
    from wattloop.library.tariffs.difference_words import lines

    for now in new:
        first = now.valid_from
        begun = [one for one in old if first is None or one.valid_from is None or one.valid_from <= first]
        found = difference(begun[-1] if begun else old[0], now, year)
        if not found.any:
            continue
        if len(new) > 1:
            yield _("from {day}:").format(day=first)
        yield from lines(found, "zh" if chinese() else "en")


def _files(before: Folder | None, after: Folder) -> Iterator[Change]:
    """Lists and calendars, which are told by the tariffs that take from them, or not at all."""
    old = before.digests if before is not None else {}
    for name in sorted({*old, *after.digests}):
        if name.startswith(("prices/", "triggers/", "calendars/")) and old.get(name) != after.digests.get(name):
            gone, new = name not in after.digests, name not in old
            yield Change(name, "", _("is gone") if gone else _("is new") if new else _("changes"))


def _plain(model: Any) -> dict[str, Any]:
    if model is None:
        return {}
    told: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
    return told


def _compared(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where two documents differ; what is new or gone as a whole is told as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key in old and key in new:
                yield from _compared(old[key], new[key], (*path, str(key)))
            elif not path and isinstance(new.get(key), dict):  # a file that is new tells each of its things
                yield from _compared({}, new[key], (*path, str(key)))
            else:
                yield (*path, str(key)), old.get(key), new.get(key)
    elif old != new:
        yield path, old, new


def _said(was: Any, now: Any) -> str:
    if was is None:
        return str(_("is new: {value}")).format(value=_value(now))
    if now is None:
        return str(_("is gone: {value}")).format(value=_value(was))
    if isinstance(was, list) and isinstance(now, list):
        told = [f"+ {_value(one)}" for one in now if one not in was] + [
            f"- {_value(one)}" for one in was if one not in now
        ]
        return ", ".join(told) or _("is in another order")
    return str(_("changes from {old} to {new}")).format(old=_value(was), new=_value(now))


def _value(value: Any) -> str:
    """A value on one line; of a thing, its name."""
    if isinstance(value, dict):
        if "zh" in value or "en" in value:
            return in_words({key: str(value.get(key, "")) for key in ("zh", "en")})
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items() if one not in ([], {}, ""))
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value)
