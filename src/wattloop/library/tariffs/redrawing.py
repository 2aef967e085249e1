"""A tariff file with other hours or prices: only what changes is written anew, all else stays as its author wrote it.

Comments, order and spacing of the file are kept, so that a difference of the two files shows what was meant
and nothing else. Worked examples get the amounts that the new prices give, and say so.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, STEPS_PER_DAY
from wattloop.library.tariffs.dump import dump
from wattloop.library.tariffs.problems import Path

Stretches = tuple[tuple[int, str], ...]
"""A day from midnight on: the five-minute step at which each stretch begins, and its period."""

_DATED = re.compile(r"\d{4}-\d\d(-\d\d)?")
_WORKED_ANEW = "Amounts computed from the changed prices; work them out by hand."
_WIDE = 118


@dataclass(frozen=True)
class Redrawing:
    """What is to be different.

    Args:
        hours: {place of a rule in `calendar.days`: its day}.
        prices: {path in the document: price or ratio}.
        valid_from: the new version's first day; as it was where None.
    """

    hours: Mapping[int, Stretches] = field(default_factory=dict)
    prices: Mapping[Path, Decimal] = field(default_factory=dict)
    valid_from: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of the energy price that can be turned.

    Args:
        path: where it stands in the document.
        component: whose price it is; "" for the one price of energy, or for a ratio.
        ratio: whether it multiplies what floats.
        where: the period it is of, or season and period; () for all hours.
        value: as it stands.
    """

    path: Path
    component: str
    ratio: bool
    where: tuple[str, ...]
    value: Decimal


def knobs(plain: Mapping[str, Any]) -> list[Knob]:
    """The prices and ratios of energy that stand in a document as plain numbers, not by date or from a list."""
    energy = plain.get("energy")
    found: list[Knob] = []
    if not isinstance(energy, dict):
        return found
    for key in ("price", "prices"):
        found += _leaves(energy.get(key), ("energy", key), "", ratio=False)
    components = energy.get("components")
    for name, part in components.items() if isinstance(components, dict) else ():
        for key in ("price", "prices") if isinstance(part, dict) else ():
            found += _leaves(part.get(key), ("energy", "components", name, key), name, ratio=False)
    return found + list(_leaves(energy.get("ratios"), ("energy", "ratios"), "", ratio=True))


def _leaves(value: Any, path: Path, component: str, *, ratio: bool, where: tuple[str, ...] = ()) -> Iterator[Knob]:
    if isinstance(value, Decimal):
        yield Knob(path, component, ratio, where, value)
    elif isinstance(value, dict) and "list" not in value and not any(map(_DATED.fullmatch, value)):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name), component, ratio=ratio, where=(*where, name))


def stretches(rule: Mapping[str, Any], hours: Mapping[str, tuple[tuple[int, int], ...]]) -> Stretches:
    """The day of a rule as it was read: `rule` its plain form, `hours` as `DayRule.hours` has them."""
    steps = [str(rule.get("rest", ""))] * STEPS_PER_DAY
    for name, ranges in hours.items():
        for low, high in ranges:
            steps[low:high] = [name] * (high - low)
    return tuple((at, name) for at, name in enumerate(steps) if at == 0 or steps[at - 1] != name)


def changed_rule(rule: Mapping[str, Any], day: Stretches) -> dict[str, Any]:
    """A rule with other hours: `rest` stays where the day still has it, else the period of most stretches takes it."""
    if not day or day[0][0] != 0 or any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(day)):
        raise Refused("the stretches of a day do not follow each other from midnight on", "Put them in order.")
    if day[-1][0] >= STEPS_PER_DAY:
        raise Refused("a stretch begins after the day has ended", "Let it begin before 24:00.")
    ranges: dict[str, list[tuple[int, int]]] = {}
    for (low, name), (high, _) in zip(day, (*day[1:], (STEPS_PER_DAY, "")), strict=True):
        before = ranges.setdefault(name, [])
        if before and before[-1][1] == low:
            before[-1] = (before[-1][0], high)
        else:
            before.append((low, high))
    rest = rule.get("rest")
    if rest not in ranges:
        rest = max(ranges, key=lambda name: len(ranges[name]))
    written = [name for name in rule if name in ranges and name != rest]
    written += [name for name in ranges if name not in written and name != rest]
    made: dict[str, Any] = {"when": rule["when"]}
    for name in written:
        texts = [f"{_clock(low)}-{_clock(high)}" for low, high in _over_midnight(ranges[name])]
        made[name] = texts[0] if len(texts) == 1 else texts
    return made | {"rest": rest}


def _over_midnight(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """As people write them: what ends at midnight and begins there is one stretch."""
    if len(ranges) > 1 and ranges[0][0] == 0 and ranges[-1][1] == STEPS_PER_DAY:
        return [*ranges[1:-1], (ranges[-1][0], ranges[0][1])]
    return ranges


def _clock(step: int) -> str:
    minutes = step * MINUTES_PER_STEP
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def redrawn_plain(plain: Mapping[str, Any], redrawing: Redrawing) -> dict[str, Any]:
    """A document's plain values with what is to be different.

    Raises:
        Refused: where there is no such rule or price, or a day does not hold together.
    """
    made: dict[str, Any] = deepcopy(dict(plain))
    for path, value in _changes(made, redrawing).items():
        inner: Any = made
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    return made


def _changes(plain: Mapping[str, Any], redrawing: Redrawing) -> dict[Path, Any]:
    """By path in the document what stands there then, where that differs."""
    found: dict[Path, Any] = {}
    known = {knob.path: knob.value for knob in knobs(plain)}
    for path, price in redrawing.prices.items():
        if path not in known:
            raise Refused(f"there is no price {'.'.join(map(str, path))} that can be changed", "Load the page anew.")
        if price != known[path]:
            found[path] = price
    calendar = plain.get("calendar")
    rules = calendar.get("days") if isinstance(calendar, dict) else None
    for number, day in redrawing.hours.items():
        if not isinstance(rules, list) or not 0 <= number < len(rules):
            raise Refused(f"there is no rule {number + 1} of days", "Load the page anew.")
        made = changed_rule(rules[number], day)
        if _same_day(made, rules[number]):
            continue
        found["calendar", "days", number] = made
    if redrawing.valid_from is not None and str(plain.get("valid_from")) != str(redrawing.valid_from):
        found["valid_from",] = redrawing.valid_from.isoformat()
        found |= _dated_from(plain, (), redrawing.valid_from)
        found |= _example_months(plain, redrawing.valid_from)
    return found


def _same_day(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    def listed(rule: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: sorted(str(each).replace(" ", "") for each in (value if isinstance(value, list) else [value]))
            for name, value in rule.items()
            if name != "when"
        }

    return listed(one) == listed(other)


def _dated_from(value: Any, path: Path, first: dt.date) -> dict[Path, Any]:
    """Prices by date without those that are over when the new version begins."""
    if isinstance(value, list):
        pairs: Any = enumerate(value)
    elif isinstance(value, dict):
        dates = [key for key in value if _DATED.fullmatch(key)]
        if dates and path[-1:] != ("given",):
            earlier = [key for key in dates if key <= first.isoformat()[: len(key)]]
            if not earlier or (earlier == dates[:1] and earlier[-1] in (first.isoformat(), first.isoformat()[:7])):
                return {}
            begins = first.isoformat()[: len(earlier[-1])]
            kept = {key: each for key, each in value.items() if key not in earlier}
            return {path: {begins: value[earlier[-1]], **kept}}
        pairs = value.items()
    else:
        return {}
    return {where: new for key, each in pairs for where, new in _dated_from(each, (*path, key), first).items()}


def _example_months(plain: Mapping[str, Any], first: dt.date) -> dict[Path, Any]:
    """Worked examples of months before the new version begins move to the same month of a later year."""
    examples = plain.get("examples")
    found: dict[Path, Any] = {}
    begins = first if first.day == 1 else (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    for number, example in enumerate(examples if isinstance(examples, list) else []):
        told = str(example["given"]["month"])
        if _DATED.fullmatch(told) and told < f"{begins:%Y-%m}":
            year = begins.year + (told[5:7] < f"{begins:%m}")
            found["examples", number, "given", "month"] = f"{year}-{told[5:7]}"
    return found


def redrawn_text(text: str, plain: Mapping[str, Any], redrawing: Redrawing, amounts: Mapping[Path, Decimal]) -> str:
    """The file with what is to be different.

    Args:
        text: the file as it is.
        plain: what it says.
        redrawing: what changes.
        amounts: by path what the changed tariff gives where a worked example expects something.

    Raises:
        Refused: as `redrawn_plain`.
    """
    pieces: list[tuple[int, int, str]] = []
    root: Any = yaml.compose(text, Loader=yaml.BaseLoader)
    for path, value in _changes(plain, redrawing).items():
        node = _node(root, path)
        if path[:2] == ("calendar", "days"):
            pieces.append((node.start_mark.index, _end(node), _rule_text(value, node, text)))
        else:
            pieces.append((node.start_mark.index, _end(node), _flow(value)))
    worked: set[int] = set()
    for path, amount in amounts.items():
        node = _node(root, path)
        if Decimal(str(node.value)) != amount:
            pieces.append((node.start_mark.index, _end(node), f"{amount:f}"))
            worked.add(_node(root, path[:2]).start_mark.index)
    pieces += [_comment_before(text, at) for at in worked]
    for low, high, new in sorted(pieces, reverse=True):
        text = text[:low] + new + text[high:]
    return text


def _node(root: Any, path: Path) -> Any:
    node = root
    for key in path:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(key)]
        else:
            node = next(value for name, value in node.value if name.value == str(key))
    return node


def _end(node: Any) -> int:
    """Where a node's own text ends; a block's mark lies behind the comments and empty lines that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _flow(value: Any) -> str:
    if isinstance(value, str) and _DATED.fullmatch(value):
        return value  # a day or a month, which people write without quotes
    return dump({"x": value}).removeprefix("x: ").rstrip("\n") if not isinstance(value, dict) else _braces(value)


def _braces(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_one_line(each)}" for name, each in value.items()) + "}"


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        return _braces(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_one_line, value)) + "]"
    return _flow(value)


def _rule_text(rule: Mapping[str, Any], node: Any, text: str) -> str:
    """A rule as its author would write it: what `when` says stays letter by letter."""
    when = next(value for name, value in node.value if name.value == "when")
    said = text[int(when.start_mark.index) : _end(when)]
    entries = [f"when: {said}", *(f"{name}: {_one_line(value)}" for name, value in rule.items() if name != "when")]
    column = int(node.start_mark.column)
    if not node.flow_style:
        return ("\n" + " " * column).join(entries)
    line = "{" + ", ".join(entries) + "}"
    return line if column + len(line) <= _WIDE else "{" + (",\n" + " " * (column + 1)).join(entries) + "}"


def _comment_before(text: str, at: int) -> tuple[int, int, str]:
    """The comment lines just before an example, which tell how its old amounts came about, as one that warns."""
    line = text.rfind("\n", 0, at) + 1
    margin = text[line : line + len(text[line:]) - len(text[line:].lstrip())]
    low = line
    while low and text[:low].endswith("\n"):
        before = text.rfind("\n", 0, low - 1) + 1
        if not text[before:low].lstrip().startswith("#"):
            break
        low = before
    return low, line, f"{margin}# {_WORKED_ANEW}\n"
