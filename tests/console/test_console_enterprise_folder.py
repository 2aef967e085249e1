"""The folder of rules in the console: sent, looked at, loaded, compared."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.enterprise.folders import replace, small_folder

from wattloop.apps.enterprise import services
from wattloop.apps.enterprise.folder import unpacking
from wattloop.apps.enterprise.models import FolderVersion, User
from wattloop.apps.records.actors import System


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "folder")


@pytest.fixture
def client(db: None, home: Path, folder: Path) -> Client:
    """The administrator, with the folder loaded."""
    services.load_folder(folder, by=System("loader"))
    return entered("sunhao")


def entered(name: str) -> Client:
    client = Client()
    User.objects.filter(username=name).update(language="en")
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def packed(folder: Path, top: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                made.write(path, f"{top}{path.relative_to(folder).as_posix()}")
    return out.getvalue()


def send(client: Client, content: bytes, name: str = "enterprise.zip"):
    return client.post(reverse("enterprise:upload"), {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("top", ["", "东江/"])
def test_a_folder_is_sent_looked_at_and_loaded(client: Client, folder: Path, home: Path, top: str) -> None:
    replace(folder / "units.yaml", "Riverside station", "River station")
    answer = send(client, packed(folder, top))
    page = client.get(answer.url).content.decode()
    assert "The folder is in order" in page
    assert "changes from Riverside station to River station" in page
    assert FolderVersion.objects.count() == 1
    done = client.post(answer.url, {"note": "a better name"}, follow=True)
    assert "Version 2 is loaded." in done.content.decode()
    assert (FolderVersion.objects.first().loaded_by, FolderVersion.objects.first().note) == ("sunhao", "a better name")
    assert not list((home / "enterprise-staged").glob("*/*"))


def test_what_is_wrong_is_told_by_file_and_line_and_nothing_can_be_loaded(client: Client, folder: Path) -> None:
    replace(folder / "employees.yaml", "post: cashier", "post: chashier")
    answer = send(client, packed(folder))
    page = client.get(answer.url).content.decode()
    assert "employees.1103.post" in page
    assert "Did you mean cashier?" in page
    assert "1 thing is wrong" in page
    client.post(answer.url, {"note": ""})
    assert FolderVersion.objects.count() == 1


def test_sending_what_is_loaded_says_so(client: Client, folder: Path) -> None:
    page = client.get(send(client, packed(folder)).url).content.decode()
    assert "This is the version that is loaded already." in page


def test_nobody_else_finds_what_was_sent(client: Client, folder: Path) -> None:
    url = send(client, packed(folder)).url
    assert entered("ouyangxue").get(url).status_code == 302
    assert entered("hujun").get(url).status_code == 404
    for token in ("..", "x" * 24, "%2e%2e%2fetc"):
        assert client.get(reverse("enterprise:staged", args=[token])).status_code in {302, 404}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a zip", "This is not a ZIP that can be read."),
        (b"PK\x03\x04" + b"\x00" * 200, "This is not a ZIP that can be read."),
        (b"", "empty"),
    ],
)
def test_what_is_no_zip_is_refused_beside_the_field(client: Client, content: bytes, said: str) -> None:
    answer = send(client, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def made_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def test_a_bomb_is_stopped_at_its_limit_whatever_it_says_of_its_size(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1024 * 1024)
    bomb = bytearray(made_of(**{"enterprise.yaml": b"0" * 3 * 1024 * 1024}))
    assert len(bomb) < 10_000
    assert "unpacks to more than 1 MiB" in send(client, bytes(bomb)).content.decode()
    head = bomb.index(b"PK\x01\x02")  # let its directory lie
    bomb[head + 24 : head + 28] = (10).to_bytes(4, "little")
    assert send(client, bytes(bomb)).status_code == 422
    assert not list((home / "enterprise-staged").glob("*/*"))


@pytest.mark.parametrize(
    "name", ["../evil.yaml", "/etc/evil.yaml", "a/../../evil.yaml", "..\\evil.yaml", "C:evil.yaml"]
)
def test_a_file_that_would_lie_outside_is_refused(client: Client, home: Path, name: str) -> None:
    answer = send(client, made_of(**{name: b"x", "enterprise.yaml": b"x"}))
    assert "would lie outside of the folder" in answer.content.decode()
    assert not list(home.rglob("evil.yaml"))


def test_a_link_inside_a_zip_is_refused(client: Client) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("enterprise.yaml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert "link to another place" in send(client, out.getvalue()).content.decode()


def test_too_many_files_and_too_large_a_zip_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_FILES", 3)
    assert "more than 3 files" in send(client, made_of(a=b"", b=b"", c=b"", d=b"")).content.decode()
    monkeypatch.setattr(unpacking, "LARGEST_ZIP", 10)
    assert send(client, made_of(a=b"")).status_code == 422


def test_a_zip_without_a_folder_is_told_what_it_lacks(client: Client) -> None:
    assert "It has no enterprise.yaml" in send(client, made_of(**{"readme.txt": b""})).content.decode()


def test_names_that_windows_packed_in_gbk_are_read(tmp_path: Path) -> None:
    raw = made_of(**{"notices/XXXX.yaml": b"x", "enterprise.yaml": b"x"})
    raw = raw.replace(b"notices/XXXX.yaml", b"notices/" + "停电".encode("gbk") + b".yaml")
    into = tmp_path / "into"
    into.mkdir()
    unpacking.unpack(io.BytesIO(raw), into)
    assert (into / "notices" / "停电.yaml").is_file()


def test_two_versions_are_compared_and_each_can_be_had_again(client: Client, folder: Path) -> None:
    replace(folder / "units.yaml", "Riverside station", "River station")
    services.load_folder(folder, by=User.objects.get(username="sunhao"), note="名称")
    page = client.get(reverse("enterprise:overview")).content.decode()
    assert "名称" in page
    page = client.get(reverse("enterprise:compare"), {"old": 1, "new": 2}).content.decode()
    assert "changes from Riverside station to River station" in page
    content = client.get(reverse("enterprise:download", args=[2])).content
    with zipfile.ZipFile(io.BytesIO(content)) as had:
        assert "River station" in had.read("enterprise/units.yaml").decode()
    assert "This is the version that is loaded already." in client.get(send(client, content).url).content.decode()


def test_how_ready_it_is_stands_on_the_page(client: Client) -> None:
    page = client.get(reverse("enterprise:readiness")).content.decode()
    assert "19 users have no password yet" in page
    assert "1 tariff waits to be decided" in page


def test_the_overview_costs_few_queries(client: Client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(14):
        assert client.get(reverse("enterprise:overview")).status_code == 200


@pytest.mark.django_db
def test_before_anything_is_loaded_the_pages_say_so(signed_in: Callable[[str], Client], home: Path) -> None:
    client = signed_in("admin")
    assert "No enterprise folder is loaded yet." in client.get(reverse("enterprise:overview")).content.decode()
    assert client.get(reverse("enterprise:readiness")).status_code == 200
