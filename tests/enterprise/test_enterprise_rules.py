"""A rule holds from its day; changing it never changes what held before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from wattloop.apps.enterprise import queries, services
from wattloop.apps.enterprise.folder import sections
from wattloop.apps.enterprise.folder.reading import FolderRefused
from wattloop.apps.enterprise.models import FolderVersion
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

LOADER = System("loader")
NOW = dt.datetime(2026, 11, 25, 2, tzinfo=dt.UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("warmth", "home")]


@pytest.fixture(autouse=True)
def _still():
    with clock.frozen(NOW):
        yield


def write(folder: Path, valid_from: str, degrees: int) -> None:
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "warmth.yaml").write_text(f"valid_from: {valid_from}\ndegrees: {degrees}\n", encoding="utf-8")


def load(folder: Path) -> services.Loaded:
    return services.load_folder(folder, by=LOADER)


def degrees(day: str | None = None) -> int:
    return queries.rule("tests.warmth", on=dt.date.fromisoformat(day) if day else None).degrees


def test_what_held_before_a_change_holds_for_the_days_before_it(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    write(folder, "2026-12-01", 7)
    load(folder)
    assert (degrees("2026-01-01"), degrees("2026-11-30"), degrees("2026-12-01")) == (5, 5, 7)
    assert degrees() == 5


def test_a_change_of_days_gone_by_is_refused_at_its_line(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    write(folder, "2026-01-01", 6)
    with pytest.raises(FolderRefused, match=r"tests/warmth.yaml:1: valid_from: This file .* 2026-11-25 or later"):
        load(folder)
    write(folder, "2026-11-24", 6)
    with pytest.raises(FolderRefused):
        load(folder)
    assert (degrees(), FolderVersion.objects.count()) == (5, 1)
    write(folder, "2026-11-25", 6)
    load(folder)
    assert (degrees("2026-11-24"), degrees("2026-11-25")) == (5, 6)


def test_what_has_not_begun_may_be_corrected_and_put_off(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    write(folder, "2027-01-01", 8)
    load(folder)
    write(folder, "2027-02-01", 9)
    load(folder)
    assert (degrees("2027-01-15"), degrees("2027-02-01")) == (5, 9)


def test_a_day_before_the_first_rule_is_refused_by_name(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    with pytest.raises(Refused, match=r"nothing of tests.warmth for 2025-12-31. Add tests/warmth.yaml"):
        degrees("2025-12-31")


def test_a_section_that_need_not_be_there_has_its_defaults(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    assert queries.rule("tests.plain").degrees == 20
    (folder / "tests" / "plain.yaml").write_text("degrees: 21\n", encoding="utf-8")
    load(folder)
    assert queries.rule("tests.plain", on=dt.date(2020, 1, 1)).degrees == 21
    (folder / "tests" / "plain.yaml").unlink()
    load(folder)
    assert queries.rule("tests.plain").degrees == 20


def test_what_nobody_declared_is_no_section() -> None:
    with pytest.raises(LookupError):
        queries.rule("tests.cold")


def test_a_file_is_one_sections() -> None:
    with pytest.raises(ValueError, match="declared already"):
        sections.declare("tests.other", file="tests/warmth.yaml", schema="tests.enterprise.folders:Plain")
    sections.declare("tests.warmth", file="tests/warmth.yaml", schema="tests.enterprise.folders:Warmth")


def test_an_unchanged_section_is_read_once(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    assert queries.rule("tests.warmth") is queries.rule("tests.warmth")


def test_the_working_days_are_those_of_the_folder(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    days = queries.calendar()
    assert not days.is_working(dt.date(2027, 2, 8))
    assert days.is_working(dt.date(2027, 1, 30))  # a Saturday, made up
    assert not days.is_working(dt.date(2026, 10, 1))


def test_a_notice_is_told_in_both_languages(folder: Path) -> None:
    write(folder, "2026-01-01", 5)
    load(folder)
    assert queries.notice("bill-issued").text["en"].startswith("{customer}: your bill")
    with pytest.raises(Refused, match="no notice bill-lost"):
        queries.notice("bill-lost")
