"""Compiles the calendar of a document: every day of its span gets a season and a pattern of periods.

The first rule that matches a day decides it. What leaves a day or an hour undecided, or
decides it twice, is refused by name.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.calendars import business_calendar
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.compiled import STEPS_PER_DAY, Calendar
from wattloop.library.tariffs.days import (
    LEAP_YEAR,
    ONLY_PERIOD,
    ONLY_SEASON,
    Span,
    clock_text,
    runs,
    season_masks,
    year_days,
)
from wattloop.library.tariffs.document_calendar import CalendarPart, DayRule
from wattloop.library.tariffs.lead import lead_days, lead_patterns
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.when import BUSINESS_WORDS, DAY_GROUPS, DaySpan, Mask


def compile_calendar(part: CalendarPart | None, span: Span, findings: Findings, path: Path = ("calendar",)) -> Calendar:
    """Decide every day and five-minute step of the span; problems go to `findings`.

    Without a calendar, or without time of use, there is one period called "all"; without
    seasons one season called "all".
    """
    return _Compiler(part or CalendarPart(), span, findings, path).compile()


class _Compiler:
    def __init__(self, part: CalendarPart, span: Span, findings: Findings, path: Path) -> None:
        self.part, self.span, self.findings, self.path = part, span, findings, path
        self.periods = tuple(part.periods) if part.periods else (ONLY_PERIOD,)
        self.seasons = tuple(part.seasons) if part.seasons else (ONLY_SEASON,)
        self.decided: list[tuple[DayRule, npt.NDArray[np.int16]]] = []

    def compile(self) -> Calendar:
        self._check_names()
        self._check_seasons()
        days = self._days()
        patterns, pattern_of_day = self._decide(days)
        lead = lead_days(self.part, self.span, days, self._holidays())
        before = lead_patterns(lead, self.decided, patterns, pattern_of_day)
        season_of_day = np.concatenate([self._seasons(lead), self._seasons(days)])
        return Calendar(
            zone=self.part.zone,
            periods=self.periods,
            labels={
                **(self.part.periods or {}),
                **{name: season.labels for name, season in (self.part.seasons or {}).items() if season.labels},
            },
            patterns=patterns,
            seasons=self.seasons,
            first_day=lead.first if lead.count else days.first,
            pattern_of_day=np.concatenate([before, pattern_of_day]),
            season_of_day=season_of_day,
        )

    def _seasons(self, days: DaySpan) -> npt.NDArray[np.int16]:
        found = np.zeros(days.count, dtype=np.int16)
        for index, name in enumerate(self.seasons):
            if name in days.seasons:
                found[days.seasons[name]] = index
        return found

    def _check_names(self) -> None:
        if self.part.zone is not None:
            try:
                ZoneInfo(self.part.zone)
            except (KeyError, ValueError, OSError):
                self.findings.error(
                    (*self.path, "zone"),
                    f"There is no time zone `{self.part.zone}`.",
                    "Write one such as Asia/Shanghai.",
                )
        for name in set(self.part.periods or {}) & set(self.part.seasons or {}):
            self.findings.error(
                (*self.path, "periods", name), f"`{name}` names both a period and a season.", "Give one another name."
            )
        if self.part.days is not None and not self.part.periods:
            self.findings.error(
                (*self.path, "days"), "Rules of days stand here, but no periods.", "Name the `periods`."
            )
        elif self.part.days is None and len(self.periods) > 1:
            self.findings.error(
                (*self.path, "periods"), "Periods are named, but no `days` say when they are in force.", "Add `days`."
            )
        elif self.part.days == []:
            self.findings.error((*self.path, "days"), "The list of days is empty.", "Add {when: always, rest: …}.")

    def _check_seasons(self) -> None:
        seasons = self.part.seasons
        if seasons is None:
            return
        path = (*self.path, "seasons")
        resting = [name for name, season in seasons.items() if season.when is None]
        for name in resting[1:]:
            self.findings.error((*path, name), f"`{resting[0]}` and `{name}` are both the rest.", "Only one can be.")
        taken: dict[str, Mask] = {}
        for name, mask in season_masks(self.part, LEAP_YEAR).items():
            if name in resting[1:]:
                continue
            for other, earlier in taken.items():
                both = runs(mask & earlier)
                if both:
                    self.findings.error(
                        (*path, name), f"`{name}` overlaps `{other}` {year_days(both)}.", "Give each day one season."
                    )
            if not mask.any():
                self.findings.error((*path, name), f"`{name}` has no day of the year.", "Give it days or remove it.")
            taken[name] = mask
        gap = runs(~np.logical_or.reduce(list(taken.values()))) if taken else [(0, 366)]
        if gap:
            self.findings.error(
                path, f"No season covers the year {year_days(gap)}.", "Add the days, or a season that is the `rest`."
            )

    def _days(self) -> DaySpan:
        span, kinds = self.span, None
        words = [(i, rule) for i, rule in enumerate(self.part.days or []) if rule.when.uses("business")]
        if words and self.part.holidays is None:
            index, rule = words[0]
            word = next(term.text for term in rule.when.terms() if term.sort == "business")
            self.findings.error(
                (*self.path, "days", index, "when"),
                f"`{word}` is used, but the calendar has no `holidays`.",
                "Add `holidays: CN`, or the path of a file of your own.",
            )
        elif words and self.part.holidays is not None:
            span, kinds = self._business_days(self.part.holidays)
        first, count = span.first, (span.last - span.first).days + 1
        bare = DaySpan(first, count)
        known = (lambda: kinds) if kinds is not None else None
        return DaySpan(first, count, known, season_masks(self.part, bare))

    def _business_days(self, name: str) -> tuple[Span, npt.NDArray[np.int8] | None]:
        """Day kinds over as much of the span as the holidays are known for."""
        path, first, last = (*self.path, "holidays"), self.span.first, self.span.last
        pieces: list[npt.NDArray[np.int8]] = []
        try:
            business = business_calendar(self._holidays())
        except Refused as refused:
            self.findings.error(path, *_said(refused))
            return self.span, None
        begin, refusal = first, None
        for year in range(first.year, last.year + 1):
            low, high = max(first, dt.date(year, 1, 1)), min(last, dt.date(year, 12, 31))
            try:
                pieces.append(np.asarray(business.day_kinds(low, high), dtype=np.int8))
            except Refused as refused:
                refusal = refused
                if pieces:
                    break
                if not self.span.open_start:
                    break
                begin = high + dt.timedelta(days=1)
        if not pieces:
            self.findings.error(path, *_said(refusal or Refused(f"the holidays of `{name}` are unknown")))
            return self.span, None
        kinds = np.concatenate(pieces)
        return Span(begin, begin + dt.timedelta(days=len(kinds) - 1)), kinds

    def _holidays(self) -> str:
        """The calendar of holidays: a country, or a file beside the tariff's."""
        name = self.part.holidays or "none"
        beside = name.endswith((".yaml", ".yml")) and self.findings.file
        return str(FilePath(self.findings.file or "").parent / name) if beside else name

    def _decide(self, days: DaySpan) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
        if not self.part.days:
            return np.zeros((1, STEPS_PER_DAY), np.int16), np.zeros(days.count, np.int16)
        numbers: dict[bytes, int] = {}
        ever: set[int] = set()
        pattern_of_day = np.full(days.count, -1, dtype=np.int16)
        for index, rule in enumerate(self.part.days):
            path = (*self.path, "days", index)
            self._check_words(rule, path)
            pattern = self._pattern(rule, path)
            self.decided.append((rule, pattern))
            ever |= set(pattern.tolist())
            mask = rule.when.mask(days)
            free = mask & (pattern_of_day < 0)
            if not mask.any():
                self.findings.warn(path, "The rule meets no day while the tariff is in force.", "Check its dates.")
            elif not free.any():
                self.findings.error(
                    path, "The rule can never apply: earlier rules decide all its days.", "Move it before them."
                )
            else:
                pattern_of_day[free] = numbers.setdefault(pattern.tobytes(), len(numbers))
        undecided = runs(pattern_of_day < 0)
        if undecided:
            total = int((pattern_of_day < 0).sum())
            self.findings.error(
                (*self.path, "days"),
                f"No rule decides {total} days, the first of them {days.date(undecided[0][0])}.",
                "End the list with {when: always, rest: …}.",
            )
            pattern_of_day[pattern_of_day < 0] = 0
        if not numbers:
            return np.zeros((1, STEPS_PER_DAY), np.int16), np.zeros(days.count, np.int16)
        patterns = np.stack([np.frombuffer(raw, dtype=np.int16) for raw in numbers])
        if not self.findings.errors:
            for number in sorted(set(range(len(self.periods))) - ever):
                name = self.periods[number]
                self.findings.error(
                    (*self.path, "periods", name),
                    f"The period `{name}` is never in force.",
                    "Give it hours or remove it.",
                )
        return patterns, pattern_of_day

    def _check_words(self, rule: DayRule, path: Path) -> None:
        seasons = set(self.part.seasons or {})
        for term in rule.when.terms():
            if term.sort == "season" and term.text not in seasons:
                self.findings.error(
                    (*path, "when"),
                    f"`{term.text}` is neither a day, a month nor a season of this calendar.",
                    nearest(term.text, [*seasons, "always", *DAY_GROUPS, *BUSINESS_WORDS]),
                )

    def _pattern(self, rule: DayRule, path: Path) -> npt.NDArray[np.int16]:
        """The period at each step of the days a rule decides."""
        steps = np.full(STEPS_PER_DAY, -1, dtype=np.int16)
        for name, ranges in rule.hours.items():
            if name not in self.periods:
                self.findings.error((*path, name), f"There is no period `{name}`.", nearest(name, self.periods))
                continue
            number = self.periods.index(name)
            for start, end in ranges:
                taken = runs(steps[start:end] >= 0)
                for low, high in taken:
                    other = self.periods[int(steps[start + low])]
                    self.findings.error(
                        (*path, name),
                        f"`{name}` and `{other}` overlap {clock_text(start + low)}-{clock_text(start + high)}."
                        if other != name
                        else f"`{name}` holds {clock_text(start + low)}-{clock_text(start + high)} twice.",
                        "Give each hour one period.",
                    )
                steps[start:end] = number
        return self._fill(rule, steps, path)

    def _fill(self, rule: DayRule, steps: npt.NDArray[np.int16], path: Path) -> npt.NDArray[np.int16]:
        gaps = runs(steps < 0)
        if rule.rest is None:
            if gaps:
                text = ", ".join(f"{clock_text(low)}-{clock_text(high)}" for low, high in gaps)
                self.findings.error(path, f"No period covers {text}.", "Add the hours, or `rest: <period>`.")
        elif rule.rest not in self.periods:
            self.findings.error((*path, "rest"), f"There is no period `{rule.rest}`.", nearest(rule.rest, self.periods))
        else:
            steps[steps < 0] = self.periods.index(rule.rest)
        return np.maximum(steps, 0).astype(np.int16)


def _said(refused: Refused) -> tuple[str, str]:
    """A refusal of the business calendar in the words of a problem; the place in its own file is kept."""
    inside = Refused(refused.what, "", refused.file, refused.row, refused.field) if refused.row else refused.what
    what = str(inside)
    return f"{what[:1].upper()}{what[1:].rstrip('.')}.", refused.mend
