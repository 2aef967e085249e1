"""A folder is checked as a whole: everything wrong at once, by file and line, with what mends it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from tests.enterprise.folders import replace, said, small_folder

from wattloop.apps.enterprise.folder.reading import FolderRefused, read_folder
from wattloop.example import ENTERPRISE


@pytest.mark.django_db
def test_the_example_is_in_order() -> None:
    assert said(ENTERPRISE, dt.date(2026, 11, 25)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("units.yaml", "parent: riverside}", "parent: riversid}",
         "units.yaml:5: units.riverside-hall.parent: There is no unit `riversid`. Did you mean riverside? Known here"),
        ("units.yaml", "kind: company", "kind: station", "units.yaml:2: units: There is one company; here it is none."),
        ("units.yaml", "kind: station, zh: 南山", "kind: company, zh: 南山",
         "units.yaml:2: units: There is one company; here it is dongjiang and hillside."),
        ("units.yaml", "kind: team", "kind: crew", "units.yaml:5: units.riverside-hall.kind: `crew` is not one of"),
        ("units.yaml", "zh: 江滨供电所, en: Riverside station, ", "",
         "units.yaml:4: units.riverside: `riverside` has no name"),
        ("units.yaml", "kind: station, zh: 江滨", "kind: team, zh: 江滨",
         "units.yaml:5: units.riverside-hall.parent: `riverside-hall` is a team below `riverside`, a team."),
        ("roles.yaml", "      - billing.run.plan", "      - billing.run.plam",
         "roles.yaml:10: roles.analyst.may[1]: `billing.run.plam` is nothing that anybody can do."),
        ("roles.yaml", "      - billing.exception.*", "      - biling.*",
         "roles.yaml:14: roles.analyst.may[5]: `biling.*` is nothing that anybody can do. Did you mean"),
        ("posts.yaml", "cashier: ", "Cashier: ", "posts.yaml:8: posts.Cashier: `Cashier` is not an id"),
        ("employees.yaml", "post: cashier", "post: chashier",
         "employees.yaml:13: employees.1103.post: There is no post `chashier`. Did you mean cashier?"),
        ("employees.yaml", "roles: {cashier: riverside}", "roles: {cashier: river}",
         "employees.yaml:13: employees.1103.roles.cashier: There is no unit `river`."),
        ("employees.yaml", "roles: [analyst]", "roles: [analist]",
         "employees.yaml:5: employees.1003.roles.analist: There is no role `analist`. Did you mean analyst?"),
        ("employees.yaml", "user: wumin", "user: ZHOUJIANGUO",
         "employees.yaml:4: employees.1002.user: The user `ZHOUJIANGUO` is somebody else too."),
        ("employees.yaml", "user: wumin, ", "", "employees.yaml:4: employees.1002.roles: 吴敏 has a role but no user."),
        ("employees.yaml", "user: wumin", "user: wu min",
         "employees.yaml:4: employees.1002.user: `wu min` is no user name"),
        ("employees.yaml", "  1002:", "  1001:", "employees.yaml:4: employees.1001: The key 1001 is here twice"),
        ("employees.yaml", "user: wumin", "user: wumin, password: secret",
         "employees.yaml:4: employees.1002.password: `password` is not a key that belongs here."),
        ("offers.yaml", "residential-yearly:", "residential-yearl:",
         "offers.yaml:2: offers.residential-yearl: There is no tariff `residential-yearl`. Did you mean residential-"),
        ("offers.yaml", "class: residential", "class: agricultural",
         "offers.yaml:2: offers.residential-yearly.class: `residential-yearly` is for class residential, not agricul"),
        ("numbering.yaml", "  receipt: ", "  recept: ",
         "numbering.yaml:3: numbers: The numbers of a receipt are not told."),
        ("numbering.yaml", "digits: 7", "digits: 40",
         "numbering.yaml:4: numbers.bill.digits: A number of 46 signs is too"),
        ("numbering.yaml", "date: yymm,", "date: mmyy,", "numbering.yaml:4: numbers.bill.date: `mmyy` is not one of"),
        ("notices/bill-issued.yaml", "{amount}", "{ammount}",
         "notices/bill-issued.yaml:5: text.zh: `{ammount}` is nothing that can be filled in. Did you mean amount?"),
        ("notices/bill-issued.yaml", "{amount}", "{amount",
         "notices/bill-issued.yaml:5: text.zh: A brace stands alone."),
        ("notices/bill-issued.yaml", "id: bill-issued", "id: bill-isued",
         "notices/bill-issued.yaml:1: id: The file is not named after its id. Name it bill-isued.yaml."),
        ("enterprise.yaml", "Asia/Shanghai", "Asia/Peking", "enterprise.yaml:5: zone: There is no time zone"),
        ("enterprise.yaml", "currency: CNY", "currency: yuan", "enterprise.yaml:4: currency: `yuan` is not a currency"),
        ("enterprise.yaml", "[zh-hans, en]", "[zh, en]", "enterprise.yaml:6: languages: `zh` is not a language"),
        ("enterprise.yaml", "china.yaml", "chine.yaml",
         "enterprise.yaml:7: calendar: There is no file `calendars/chine.yaml`. Did you mean calendars/china.yaml?"),
        ("calendars/china.yaml", "2027-01-01: 元旦", "2026-01-01: 元旦",
         "calendars/china.yaml: 2027: Every holiday and working day is a date of its year."),
        ("tariffs/residential-yearly.yaml", "currency: CNY", "currency: USD",
         "tariffs/residential-yearly.yaml:5: currency: The tariff is in USD, the enterprise in CNY."),
        ("tariffs/residential-yearly.yaml", "total: 108.24", "total: 108.25",
         "tariffs/residential-yearly.yaml:"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_and_what_mends_it(folder: Path, file: str, old: str, new: str, line: str) -> None:
    replace(folder / file, old, new)
    found = said(folder)
    assert any(one.startswith(line) for one in found), found


@pytest.mark.django_db
def test_everything_wrong_is_told_at_once(folder: Path) -> None:
    replace(folder / "units.yaml", "parent: riverside}", "parent: riversid}")
    replace(folder / "employees.yaml", "post: cashier", "post: chashier")
    replace(folder / "notices" / "bill-issued.yaml", "{amount}", "{ammount}")
    (folder / "numbering.yaml").write_text("numbers: [", encoding="utf-8")
    assert [one.split(":")[0] for one in said(folder)] == [
        "employees.yaml", "notices/bill-issued.yaml", "numbering.yaml", "units.yaml",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_broken_file_makes_no_other_look_wrong(folder: Path) -> None:
    (folder / "units.yaml").write_text("units: {a", encoding="utf-8")
    (folder / "roles.yaml").write_bytes(b"\x00\x01")
    assert {one.split(":")[0] for one in said(folder)} == {"units.yaml", "roles.yaml"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["enterprise", "units", "posts", "roles", "employees", "numbering"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").unlink()
    assert f"{name}.yaml: The file is missing. `wattloop enterprise new` writes a folder that has it." in said(folder)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["enterprise", "units", "posts", "roles", "employees", "numbering", "offers"])
@pytest.mark.parametrize("text", ["", "[]", "7", "units:", "\t", "{a: *b}", "---\n---\n", "a: &x 1\nb: *x"])
def test_garbage_is_refused_and_never_crashes(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert any(one.startswith(f"{name}.yaml") for one in said(folder))


@pytest.mark.django_db
def test_a_price_list_that_is_broken_is_told_in_its_own_file(tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    shutil.copytree(ENTERPRISE, folder)
    replace(folder / "prices" / "funds.yaml", "unit: CNY/kWh", "unit: CNY")
    found = said(folder)
    assert any(one.startswith("prices/funds.yaml:") for one in found), found
    assert all(str(tmp_path) not in one for one in found)


@pytest.mark.django_db
def test_two_files_of_one_tariff_are_refused(folder: Path) -> None:
    source = folder / "tariffs" / "residential-yearly.yaml"
    (folder / "tariffs" / "again.yaml").write_bytes(source.read_bytes())
    [one] = said(folder)
    assert one.startswith(
        "tariffs/residential-yearly.yaml:2: id: The tariff `residential-yearly` stands in tariffs/again.yaml"
    )


@pytest.mark.django_db
def test_a_year_whose_holidays_nobody_knows_is_refused_and_the_next_one_warned_of(folder: Path) -> None:
    assert not any("calendar" in one for one in said(folder, dt.date(2026, 11, 25), warnings=True))
    warned = said(folder, dt.date(2027, 3, 1), warnings=True)
    assert any("calendars/china.yaml: The holidays of 2028 are not known yet" in one for one in warned)
    assert said(folder, dt.date(2028, 1, 1)) == [
        "calendars/china.yaml: The holidays of 2028 are not known. Add the year to the calendar's file."
    ]


@pytest.mark.django_db
def test_a_file_that_nothing_reads_is_warned_of(folder: Path) -> None:
    (folder / "rolls.yaml").write_text("roles: {}", encoding="utf-8")
    assert any(
        one.startswith("rolls.yaml: Nothing reads this file. Did you mean roles.yaml?")
        for one in said(folder, warnings=True)
    )


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    os.symlink("/etc/passwd", folder / "tariffs" / "passwd.yaml")
    with pytest.raises(FolderRefused, match="link to another place"):
        read_folder(folder)


def test_what_an_editor_or_git_leaves_is_no_part_of_the_folder(folder: Path) -> None:
    before = read_folder(folder).digest
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x", encoding="utf-8")
    (folder / "units.yaml~").write_text("x", encoding="utf-8")
    assert read_folder(folder).digest == before


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="There is no such folder"):
        read_folder(tmp_path / "nowhere")


@pytest.mark.django_db
def test_a_section_of_another_room_is_checked_by_its_own_rules(folder: Path, warmth: None) -> None:
    assert any("tests/warmth.yaml: The file is missing" in one for one in said(folder))
    (folder / "tests").mkdir()
    (folder / "tests" / "warmth.yaml").write_text("valid_from: 2026-01-01\ndegrees: warm\n", encoding="utf-8")
    assert any(one.startswith("tests/warmth.yaml:2: degrees:") for one in said(folder))
    (folder / "tests" / "warmth.yaml").write_text(
        "valid_from: 2026-01-01\ndegrees: 5\nnotice: nothing\n", encoding="utf-8"
    )
    assert said(folder) == ["tests/warmth.yaml:3: notice: There is no notice `nothing`. Write one."]


@pytest.mark.django_db
def test_chinese_text_in_gb18030_is_read(tmp_path: Path) -> None:
    folder = small_folder(tmp_path / "gb")
    file = folder / "units.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    assert said(folder) == []
    assert read_folder(folder).content["units"].units["riverside"].zh == "江滨供电所"
