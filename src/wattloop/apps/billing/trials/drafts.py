"""A tariff as somebody redraws it: the file in force, what is different, and the tariff that comes of both."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from wattloop.apps.enterprise import queries as enterprise
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.library.tariffs import Problem, Tariff
    from wattloop.library.tariffs.redrawing import Redrawing


KEPT = 64  # tariffs whose files are held read

_bases: OrderedDict[tuple[Any, ...], Base] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Base:
    """The newest file in force of a tariff.

    Args:
        file: its path, beside which what it names is looked for.
        text: what stands in it, and `plain` what that says.
        digest: of the text; who redraws another text than they saw is told.
        versions: every version of the tariff in force, older files' too.
        newest: those of this file.
    """

    file: Path
    text: str
    plain: Mapping[str, Any]
    digest: str
    versions: tuple[Tariff, ...]
    newest: tuple[Tariff, ...]

    @property
    def tariff(self) -> str:
        """The tariff's id."""
        return self.newest[0].id

    def on(self, day: dt.date) -> Tariff:
        """The version in force on a day.

        Raises:
            Refused: where none is.
        """
        return version_on(self.versions, day)


def base(tariff: str) -> Base:
    """The newest file in force of a tariff.

    Raises:
        Refused: where there is none.
    """
    versions = tuple(one for one in enterprise.tariffs_in_force() if one.id == tariff)
    if not versions:
        raise Refused(_("no tariff %(id)s is in force") % {"id": tariff}, _("Choose one from the list."))
    # A version of the folder never changes, so that these say which tariff it is.
    key = tuple((one.document.file, one.valid_from, one.valid_to) for one in versions)
    with _lock:
        found = _bases.get(key)
        if found is None or found.versions[-1] is not versions[-1]:
            found = _bases[key] = _read(versions)
            while len(_bases) > KEPT:
                _bases.popitem(last=False)
    return found


def _read(versions: tuple[Tariff, ...]) -> Base:
    from wattloop.library.tariffs.positions import read_plain, read_text
    from wattloop.library.tariffs.problems import Findings

    file = Path(versions[-1].document.file)
    findings = Findings(file=str(file))
    text = read_text(file, findings) or ""
    plain = read_plain(text, findings)
    findings.refuse_if_any()
    newest = tuple(one for one in versions if one.document.file == str(file))
    return Base(file, text, plain, hashlib.sha256(text.encode()).hexdigest()[:16], versions, newest)


def version_on(versions: tuple[Tariff, ...], day: dt.date) -> Tariff:
    """The version in force on a day.

    Raises:
        Refused: where none is.
    """
    for one in versions:
        if (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day <= one.valid_to):
            return one
    raise Refused(
        _("%(id)s is not in force on %(day)s") % {"id": versions[0].id, "day": day}, _("Choose another month.")
    )


def refuse_unless_same(of: Base, digest: str) -> None:
    """Refuse what was drawn on a file that is not the one in force any more.

    Raises:
        Refused: then.
    """
    if of.digest != digest:
        raise Refused(_("another file of this tariff has been put in force"), _("Load the page anew."))


def drawn(of: Base, redrawing: Redrawing, month: dt.date) -> Tariff:
    """The redrawn tariff as it would be in a month.

    Raises:
        Refused: where what is redrawn cannot be priced, with every reason.
    """
    from wattloop.library import tariffs
    from wattloop.library.tariffs.redrawing import redrawn_plain

    begins = of.newest[0].valid_from
    # Of a month before the file begins, it is asked what it would have come to then.
    earlier = month if begins is not None and month < begins else None
    plain = redrawn_plain(of.plain, replace(redrawing, valid_from=earlier))
    plain.pop("examples", None)  # they prove the prices in force, not these
    try:
        return tariffs.from_plain(plain, file=str(of.file), on=month)
    except tariffs.TariffRefused as refused:
        raise Refused("; ".join(said(one) for one in refused.problems)) from None


def said(problem: Problem) -> str:
    """A problem without the file that the reader never saw."""
    return f"{problem.what} {problem.mend}".strip()


def new_text(of: Base, redrawing: Redrawing) -> tuple[str, list[str]]:
    """The file of a redrawn tariff, and what the library finds wrong or doubtful in it.

    Worked examples have the amounts that the new prices give.

    Raises:
        Refused: where nothing differs.
    """
    from wattloop.library import tariffs
    from wattloop.library.rating.examples import check_examples, outcomes
    from wattloop.library.tariffs.redrawing import redrawn_text

    if not redrawing.hours and not redrawing.prices:
        raise Refused(_("nothing differs from the tariff in force"), _("Move a boundary or change a price."))
    amounts: dict[Any, Decimal] = {}

    def take(tariff: Tariff, findings: Any) -> None:
        for one in outcomes(tariff):
            if one.found is not None:
                amounts[findings.written(one.path)] = one.found

    tariffs.check_text(redrawn_text(of.text, of.plain, redrawing, {}), of.file, take)
    text = redrawn_text(of.text, of.plain, redrawing, amounts)
    problems = tariffs.check_text(text, of.file, check_examples)
    return text, [_("Line %(line)s: %(said)s") % {"line": one.line or 1, "said": said(one)} for one in problems]


def redrawing_of(plain: Mapping[str, Any]) -> Redrawing:
    """From what a form or a job carries: `{hours: {rule: [[step, period], …]}, prices: {path: number}, valid_from}`.

    Raises:
        Refused: where a number is none.
    """
    from wattloop.library.tariffs.redrawing import Redrawing

    prices: dict[tuple[str | int, ...], Decimal] = {}
    for path, told in plain.get("prices", {}).items():
        try:
            price = Decimal(str(told))
        except InvalidOperation:
            price = Decimal("NaN")
        if not price.is_finite() or not 0 <= price < 10**6 or -price.as_tuple().exponent > 8:  # type: ignore[operator]
            raise Refused(_("“%(told)s” is no price") % {"told": told}, _("Write a number such as 0.4086."), field=path)
        prices[tuple(path.split("."))] = price
    hours = {
        int(rule): tuple((int(step), str(period)) for step, period in day)
        for rule, day in plain.get("hours", {}).items()
    }
    first = plain.get("valid_from")
    return Redrawing(hours, prices, dt.date.fromisoformat(first) if first else None)
