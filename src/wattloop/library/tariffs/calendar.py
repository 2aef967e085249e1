"""Compiles the calendar of a document: every day of its span gets a season and a pattern of periods.

The first rule that matches a day decides it. What leaves a day or an hour undecided, or
decides it twice, is refused by name.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.counts import counted
from wattloop.library.tariffs.calendar_days import CalendarDays
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
from wattloop.library.tariffs.lead import lead_patterns
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.when import BUSINESS_WORDS, DAY_GROUPS, DaySpan, Mask

DAYS_OF_A_YEAR = 365


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
        found = CalendarDays(self.part, self.span, self.findings, self.path)
        days, lead = found.days, found.lead
        patterns, pattern_of_day = self._decide(days)
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
            limit=found.limit,
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

    def _decide(self, days: DaySpan) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
        if not self.part.days:
            return np.zeros((1, STEPS_PER_DAY), np.int16), np.zeros(days.count, np.int16)
        numbers: dict[bytes, int] = {}
        ever: set[int] = set()
        pattern_of_day = np.full(days.count, -1, dtype=np.int16)
        every = dict.fromkeys(self.part.triggers or {}, np.ones(days.count, np.bool_))
        announced = replace(days, named={**days.named, **every})
        for index, rule in enumerate(self.part.days):
            path = (*self.path, "days", index)
            self._check_words(rule, days, path)
            pattern = self._pattern(rule, path)
            self.decided.append((rule, pattern))
            ever |= set(pattern.tolist())
            mask = rule.when.mask(days)
            free = mask & (pattern_of_day < 0)
            if free.any():
                pattern_of_day[free] = numbers.setdefault(pattern.tobytes(), len(numbers))
            elif (rule.when.mask(announced) & (pattern_of_day < 0)).any():
                continue  # its days may be announced yet
            elif not mask.any():
                self.findings.warn(path, "The rule meets no day while the tariff is in force.", "Check its dates.")
            elif days.count < DAYS_OF_A_YEAR:  # in other months it may apply
                said = "Earlier rules decide all days of this one while the tariff is in force."
                self.findings.warn(path, said, "Check its dates.")
            else:
                self.findings.error(
                    path, "The rule can never apply: earlier rules decide all its days.", "Move it before them."
                )
        undecided = runs(pattern_of_day < 0)
        if undecided:
            total = int((pattern_of_day < 0).sum())
            self.findings.error(
                (*self.path, "days"),
                f"No rule decides {counted(total, 'day')}, the first of them {days.date(undecided[0][0])}.",
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

    def _check_words(self, rule: DayRule, days: DaySpan, path: Path) -> None:
        seasons, triggers = set(self.part.seasons or {}), set(self.part.triggers or {})
        holidays = set(days.named) - triggers
        for term in rule.when.terms():
            if term.sort == "season" and term.text not in seasons | triggers | holidays:
                self.findings.error(
                    (*path, "when"),
                    f"`{term.text}` is neither a day, a month nor a season of this calendar.",
                    nearest(term.text, [*seasons, *triggers, "always", *DAY_GROUPS, *BUSINESS_WORDS, *holidays]),
                )
            elif term.sort == "trigger" and term.text not in triggers:
                self.findings.error(
                    (*path, "when"), f"There is no trigger `{term.text}`.", nearest(term.text, triggers)
                )
            elif term.sort == "holiday" and self.part.holidays is not None and term.text not in holidays:
                said = f"`{term.text}` is no holiday of this calendar."
                self.findings.error(
                    (*path, "when"), said, nearest(term.text, [*DAY_GROUPS, *BUSINESS_WORDS, *holidays])
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
