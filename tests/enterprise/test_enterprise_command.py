"""`wattloop enterprise`, as somebody types it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory
from tests.enterprise.folders import replace

from wattloop.apps.enterprise import queries
from wattloop.apps.enterprise.models import FolderVersion, TariffOffer, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def run(*words: Any, code: int = 0) -> str:
    """What a command prints, and the code it ends with."""
    out = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("enterprise", *map(str, words), stdout=out, stderr=out)
        assert ended.value.code == code
    else:
        call_command("enterprise", *map(str, words), stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize("languages", ["zh-hans, en", "en"])
@pytest.mark.parametrize("currency", ["CNY", "JPY", "EUR"])
def test_a_new_folder_works_and_loads(tmp_path: Path, currency: str, languages: str) -> None:
    folder = tmp_path / "mine"
    places = {"CNY": "Asia/Shanghai CN", "JPY": "Asia/Tokyo JP", "EUR": "Europe/Berlin DE"}
    zone, country = places[currency].split()
    said = run(
        "new", folder, "--name", "南湖供电公司", "--currency", currency, "--zone", zone, "--country", country,
        "--stations", "城东供电所、North End,城西供电所", "--languages", languages, "--admin", "li.lei",
        "--chief", "韩梅梅",
    )  # fmt: skip
    assert "is written" in said
    assert "ready" in run("check", folder)
    assert "version 1 is loaded" in run("load", folder)
    assert queries.settings().currency == currency
    assert sorted(Unit.objects.values_list("code", flat=True)) == ["company", "north-end", "station-1", "station-3"]
    assert "household: in-force" in run("decide", "--by", "韩梅梅")
    assert [one.id for one in queries.tariffs_in_force()] == ["household"]


def test_a_new_folder_is_written_without_a_terminal_or_an_option(tmp_path: Path) -> None:
    run("new", tmp_path / "mine")
    assert (tmp_path / "mine" / "enterprise.yaml").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--zone", "Mars/Olympus"], "zone: There is no time zone"),
        (["--currency", "yuan"], "currency: `YUAN` is not a currency"),
        (["--admin", "one", "--chief", "ONE"], "two people are needed to put a tariff in force"),
        (["--country", "Nowhere"], "calendar: There is no calendar of holidays for"),
        (["--languages", "fr"], "languages: `fr` is not a language"),
        (["--admin", "li lei"], "user: `li lei` is no user name"),
    ],
)
def test_an_answer_that_makes_no_folder_leaves_none(tmp_path: Path, options: list[str], said: str) -> None:
    assert said in run("new", tmp_path / "mine", *options, code=2)
    assert list(tmp_path.glob("*mine*")) == []


def test_a_name_with_quotes_and_colons_is_written_right(tmp_path: Path) -> None:
    name = 'Power: "North" {1} # \\ Co'
    run("new", tmp_path / "mine", "--name", name)
    run("load", tmp_path / "mine")
    assert queries.settings().name_en == name


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert "is there already" in run("new", tmp_path / "mine", code=2)


def test_check_tells_file_and_line_and_ends_with_2(folder: Path) -> None:
    replace(folder / "employees.yaml", "post: cashier", "post: chashier")
    said = run("check", folder, code=2)
    assert (
        f"{folder}/employees.yaml:13: employees.1103.post: There is no post `chashier`. Did you mean cashier?" in said
    )
    assert "1 error" in said
    told = json.loads(run("check", folder, "--json", code=2))
    assert [one["line"] for one in told["problems"]] == [13]


def test_check_tells_how_ready_it_is(folder: Path) -> None:
    said = run("check", folder)
    assert "ready, 0 things to mind" in said
    assert "✓ 2 people may put tariffs in force" in said


def test_load_tells_what_changed_and_that_the_same_changes_nothing(folder: Path) -> None:
    assert "tariff, new: residential-yearly" in run("load", folder)
    assert "nothing changes: this is version 1" in run("load", folder)
    replace(folder / "units.yaml", "Riverside station", "River station")
    said = run("load", folder, "--by", "sunhao", "--note", "改名")
    assert "unit, changed: riverside" in said
    assert (FolderVersion.objects.first().loaded_by, FolderVersion.objects.first().note) == ("sunhao", "改名")


def test_load_by_somebody_who_is_not_there_or_may_not_is_refused(folder: Path) -> None:
    assert "there is no active user nobody" in run("load", folder, "--by", "nobody", code=2)
    run("load", folder)
    replace(folder / "units.yaml", "Riverside station", "River station")
    assert "liuyang may not do enterprise.folder.load" in run("load", folder, "--by", "liuyang", code=2)
    assert FolderVersion.objects.count() == 1


def test_diff_tells_what_a_loading_would_change(folder: Path) -> None:
    assert "units.yaml: riverside: is new" in run("diff", folder)
    run("load", folder)
    assert run("diff", folder).strip() == "nothing differs"
    replace(folder / "units.yaml", "江滨供电所", "江畔供电所")
    assert "units.yaml: riverside.zh: 由 江滨供电所 改为 江畔供电所" in run("diff", folder, "--language", "zh")


def test_tariffs_are_decided_by_somebody_else_or_sent_back_with_a_word(folder: Path) -> None:
    run("load", folder)
    assert "proposed residential-yearly themselves" in run("decide", code=2)
    assert "Write what should change" in run("decide", "--refuse", "--by", "wumin", code=2)
    assert "no-such does not wait" in run("decide", "no-such", "--by", "wumin", code=2)
    assert "residential-yearly: refused" in run("decide", "--refuse", "--note", "too dear", "--by", "wumin")
    assert TariffOffer.objects.get().note == "too dear"
    assert "no tariff waits" in run("decide", "--by", "wumin")


def test_passwords_are_told_once_and_work(folder: Path, rf: RequestFactory) -> None:
    run("load", folder)
    assert "no password" in run("users")
    said = run("users", "--passwords")
    lines = [line.split() for line in said.splitlines() if "-" in line]
    name, password = next((one[0], one[1]) for one in lines if one[0] == "sunhao")
    assert authenticate(rf.post("/"), username=name, password=password).username == "sunhao"
    assert len({one[1] for one in lines}) == 19
    assert password not in run("users", "--passwords")
