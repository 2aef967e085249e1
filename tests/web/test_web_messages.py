"""What pages say is there in Chinese: all of it, whole, with the same places to fill."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from wattloop.management import catalogs

OWNERS = catalogs.owners()
PLACES = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


def name(owner: Path) -> str:
    return str(owner.relative_to(catalogs.ROOT))


@pytest.mark.parametrize("owner", OWNERS, ids=name)
def test_everything_said_is_said_in_chinese(owner: Path) -> None:
    """Lacking: run `wattloop messages --only PATH` and fill in what it names."""
    kept = catalogs.read(owner)
    lacking = set(catalogs.lacking(kept))
    for message in catalogs.found(owner, OWNERS):
        if message.id and kept.get(message.id, message.context) is None:
            lacking.add(str(message.id))
    assert sorted(lacking) == []


@pytest.mark.parametrize("owner", OWNERS, ids=name)
def test_a_translation_has_the_places_to_fill_of_what_it_translates(owner: Path) -> None:
    for message in catalogs.read(owner):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        for said in catalogs.strings(message):
            if message.id and said:
                assert set(PLACES.findall(said)) == set(PLACES.findall(ids[-1])), message.id


@pytest.mark.parametrize("owner", OWNERS, ids=name)
def test_a_catalog_holds_nothing_that_nobody_says(owner: Path) -> None:
    said = {(message.id, message.context) for message in catalogs.found(owner, OWNERS)}
    assert {(message.id, message.context) for message in catalogs.read(owner)} - said - {("", None)} == set()


def test_one_word_is_one_word_wherever_it_is_said() -> None:
    """Django lays all catalogs over one another: a word with two meanings needs a context (`pgettext`)."""
    told: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for owner in OWNERS:
        for message in catalogs.read(owner):
            if message.id:
                told[str(message.id), message.context].update(catalogs.strings(message))
    assert {key: sorted(said) for key, said in told.items() if len(said) > 1} == {}


def test_a_page_in_chinese_is_in_chinese() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Keyboard") == "快捷键"
        assert translation.ngettext("%(shown)s row", "%(shown)s rows", 3) % {"shown": 3} == "共 3 条"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with one area, whose page and view say a few things."""
    area = tmp_path / "faces" / "console" / "desk"
    (area / "templates").mkdir(parents=True)
    for folder in (area, area.parent, area.parent.parent):
        (folder / "__init__.py").touch()
    (tmp_path / "apps").mkdir()
    (area / "templates" / "desk.html").write_text(
        "{% load i18n %}<p>{% if x %}\n      <b>{% translate 'Pay' %}</b>{{ _('Cash') }}{% endif %}\n"
        "{% blocktranslate count n=rows %}{{ n }} bill{% plural %}{{ n }} bills{% endblocktranslate %}"
        "{% translate 'Open' context 'a desk' %}"
    )
    (area / "views.py").write_text('from django.utils.translation import gettext as _\nprint(_("Too %(what)s"))\n')
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "words.py").write_text('_("the library has words of its own")\n')
    monkeypatch.setattr(catalogs, "ROOT", tmp_path)
    monkeypatch.setattr(catalogs, "owners", lambda _root=None: [tmp_path, area])
    return area


def test_what_templates_and_code_say_is_found_and_translations_are_kept(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("messages")
    file = catalogs.file_of(house)
    said = {(message.id, message.context) for message in catalogs.read(house) if message.id}
    assert said == {
        ("Pay", None), ("Cash", None), ("Open", "a desk"), ("Too %(what)s", None),
        (("%(n)s bill", "%(n)s bills"), None),
    }  # fmt: skip
    assert "no Chinese for 'Pay'" in capsys.readouterr().out
    file.write_text(file.read_text().replace('msgid "Pay"\nmsgstr ""', 'msgid "Pay"\nmsgstr "收费"'))
    (house / "views.py").write_text("")
    call_command("messages")
    kept = {message.id: message.string for message in catalogs.read(house) if message.id}
    assert kept["Pay"] == "收费"
    assert "Too %(what)s" not in kept
    before = file.read_bytes()
    call_command("messages")
    assert file.read_bytes() == before, "a second run changes nothing: no dates, no places"
    assert not catalogs.file_of(catalogs.ROOT).exists(), "who says nothing has no catalog"


def test_a_catalog_is_compiled_when_it_is_newer(house: Path) -> None:
    call_command("messages")
    made = catalogs.file_of(house).with_suffix(".mo")
    assert made.is_file()
    assert not catalogs.compile_catalog(house)
    time.sleep(0.01)
    catalogs.file_of(house).touch()
    assert catalogs.compile_catalog(house)


def test_a_folder_without_a_catalog_is_refused_with_those_that_have_one(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        call_command("messages", only="faces/nowhere")
    assert "faces/console/desk" in capsys.readouterr().err
