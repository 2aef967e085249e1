"""What differs between two folders, and how ready one is, in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import translation
from tests.enterprise.folders import TODAY, replace, small_folder

from wattloop.apps.enterprise.folder.checking import check_folder
from wattloop.apps.enterprise.folder.differences import differences
from wattloop.apps.enterprise.folder.readiness import readiness
from wattloop.apps.enterprise.folder.reading import FolderRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "edited")


def told(old: Path | None, new: Path) -> list[str]:
    return [str(change) for change in differences(old, new, 2026)]


def points(folder: Path, today: dt.date = TODAY) -> list[str]:
    return [f"{point.level}: {point}" for point in readiness(check_folder(folder, today), today)]


def test_nothing_differs_between_a_folder_and_its_copy(folder: Path, edited: Path) -> None:
    assert told(folder, edited) == []


def test_a_comment_is_no_difference(folder: Path, edited: Path) -> None:
    replace(edited / "units.yaml", "units:", "# ours\nunits:")
    replace(edited / "tariffs" / "residential-yearly.yaml", "# CNY per kWh", "# yuan per kWh")
    assert told(folder, edited) == [
        "tariffs/residential-yearly.yaml: residential-yearly: is written otherwise, and charges the same"
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("units.yaml", "Riverside station", "River station",
         "units.yaml: riverside.en: changes from Riverside station to River station"),
        ("posts.yaml", "  auditor:  ", "  inspector: {zh: 稽查员, en: Inspector}\n  auditor:  ",
         "posts.yaml: inspector: is new: Inspector"),
        ("roles.yaml", "enterprise.tariff.propose, enterprise.tariff.try", "enterprise.tariff.try, billing.run.plan",
         "roles.yaml: designer.may: + billing.run.plan, - enterprise.tariff.propose"),
        ("employees.yaml", "roles: {cashier: riverside}", "roles: {cashier: hillside}",
         "employees.yaml: 1103.roles.cashier: + hillside, - riverside"),
        ("employees.yaml", ", roles: [auditor]", "", "employees.yaml: 1006.roles.auditor: is gone: "),
        ("numbering.yaml", "digits: 7", "digits: 8", "numbering.yaml: bill.digits: changes from 7 to 8"),
        ("enterprise.yaml", "[zh-hans, en]", "[en, zh-hans]", "enterprise.yaml: languages: is in another order"),
        ("notices/cut-warning.yaml", "by: [letter]", "by: [letter, sms]", "notices/cut-warning.yaml: by: + sms"),
        ("calendars/china.yaml", "2027-09-15", "2027-09-16", "calendars/china.yaml: changes"),
        ("offers.yaml", "from: 2025-01-01", "from: 2026-01-01",
         "offers.yaml: residential-yearly.from: changes from 2025-01-01 to 2026-01-01"),
    ],
)  # fmt: skip
def test_a_change_is_told_by_its_thing(folder: Path, edited: Path, file: str, old: str, new: str, line: str) -> None:
    replace(edited / file, old, new)
    assert line in told(folder, edited)


def test_a_tariff_is_told_in_prices(folder: Path, edited: Path) -> None:
    file = edited / "tariffs" / "residential-yearly.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").split("examples:")[0].replace("day: 0.568", "day: 0.668"), encoding="utf-8"
    )
    [change] = told(folder, edited)
    assert "energy day rises from 0.568 to 0.668 CNY/kWh (+17.61 %)" in change
    with translation.override("zh-hans"):
        [change] = told(folder, edited)
    assert "由 0.568 升至 0.668 CNY/kWh" in change


def test_everything_is_new_without_an_old_folder(folder: Path) -> None:
    found = told(None, folder)
    assert "units.yaml: riverside: is new: Riverside station" in found
    assert any(
        one.startswith("tariffs/residential-yearly.yaml: residential-yearly: is new: Residential") for one in found
    )


def test_a_folder_with_errors_is_not_compared(folder: Path, edited: Path) -> None:
    (edited / "units.yaml").write_text("units: [", encoding="utf-8")
    with pytest.raises(FolderRefused):
        told(folder, edited)


def test_the_example_is_ready(folder: Path) -> None:
    assert points(folder) == [
        "ready: 19 of 20 employees may sign in",
        "ready: 2 people may put tariffs in force",
        "ready: 1 tariff can be priced",
        "ready: The working days are known to the end of 2027",
        "ready: 4 notices have their texts",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("employees.yaml", ", roles: [designer]", "", "mind: Nobody has the role Tariff designer. Give it to somebody"),
        ("employees.yaml", "user: wumin, roles: [chief]", "user: wumin", "mind: 周建国 alone may put tariffs"),
        ("employees.yaml", "user: ouyangxue, roles: [admin]", "user: ouyangxue", "mind: 孙浩 alone may load"),
        ("employees.yaml", "roles: {cashier: riverside}", "roles: {clerk: riverside}",
         "mind: At Riverside station nobody may take a payment."),
        ("roles.yaml", "      - enterprise.tariff.decide\n", "", "missing: Nobody may put a tariff in force."),
        ("roles.yaml", ", receivables.charge.opening", "", "mind: No role lets anybody "),
        ("offers.yaml", "  residential-yearly: {class: residential, voltage: <1kV, from: 2025-01-01}\n", " {}\n",
         "mind: Residential, yearly tiers with time of use is on offer to nobody."),
        ("units.yaml", "units:", "units: [", "missing: 1 thing is wrong with the folder. Mend them first."),
    ],
)  # fmt: skip
def test_what_is_missing_is_told(folder: Path, file: str, old: str, new: str, line: str) -> None:
    replace(folder / file, old, new)
    found = points(folder)
    assert any(one.startswith(line) for one in found), found


def test_one_person_who_proposes_and_decides_is_too_few(folder: Path) -> None:
    text = (folder / "employees.yaml").read_text(encoding="utf-8")
    for role in ("designer", "admin"):
        text = text.replace(f", roles: [{role}]", "")
    text = text.replace("user: wumin, roles: [chief]", "user: wumin")
    text = text.replace("user: zhoujianguo, roles: [chief]", "user: zhoujianguo, roles: [chief, designer]")
    (folder / "employees.yaml").write_text(text, encoding="utf-8")
    assert any(
        one.startswith("missing: Nobody may propose a tariff that somebody else decides") for one in points(folder)
    )


def test_a_tariff_without_an_example_is_minded(folder: Path) -> None:
    file = folder / "tariffs" / "residential-yearly.yaml"
    file.write_text(file.read_text(encoding="utf-8").split("examples:")[0], encoding="utf-8")
    assert any("carries no worked example" in one for one in points(folder))


@pytest.mark.parametrize(
    ("today", "line"),
    [
        (dt.date(2027, 6, 1), "ready: The calendar of working days ends in 6 months"),
        (dt.date(2027, 10, 1), "mind: The calendar of working days ends in 2 months. Add 2028 when"),
        (dt.date(2027, 12, 31), "mind: The calendar of working days ends in 0 months."),
    ],
)
def test_a_calendar_that_ends_soon_is_minded(folder: Path, today: dt.date, line: str) -> None:
    assert any(one.startswith(line) for one in points(folder, today))
