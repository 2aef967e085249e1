"""Stored files: kept by content, judged by content, whole or not at all."""

from __future__ import annotations

import io
import os
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.management import call_command

from wattloop.apps.records import files
from wattloop.apps.records.actors import System
from wattloop.apps.records.files import media, storing
from wattloop.apps.records.models import AuditEntry, StoredFile
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
ME = System("tests")


def archive(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return made.getvalue()


def sheet() -> bytes:
    from openpyxl import Workbook

    book, made = Workbook(), io.BytesIO()
    book.active.append(["户号", "电量"])
    book.save(made)
    return made.getvalue()


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), made)
    return made.getvalue()


def store(content: bytes, name: str = "五月.csv", **told):
    return files.store(io.BytesIO(content), name=name, kind="tests.thing", by=ME, **told)


def left(home: Path) -> list[Path]:
    return [file for file in (home / "files").rglob("*") if file.is_file()]


PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(13)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (lambda: b"%PDF-1.7\n%\xe2\xe3", media.PDF),
        (lambda: PNG, media.PNG),
        (lambda: b"\xff\xd8\xff\xe0JFIF", media.JPEG),
        (sheet, media.XLSX),
        (lambda: archive({"a.txt": b"a"}), media.ZIP),
        (parquet, media.PARQUET),
        ("户号,电量\n3200,5\n".encode, media.CSV),
        ("\ufeff户号,电量\n".encode, media.CSV),
        (lambda: "户号;电量\n".encode("gb18030"), media.CSV),
        (lambda: "户号\t电量\n".encode("utf-16"), media.CSV),
        (lambda: b'{"a": [1]}\n', media.JSON),
        (lambda: b"[1,2]", media.JSON),
        (lambda: b"[meter],kWh\n1,2\n", media.CSV),
        (lambda: b"<?xml version='1.0'?><feed/>", media.XML),
        (lambda: b"<script>alert(1)</script>", media.TEXT),
        ("一句话".encode, media.TEXT),
    ],
)
def test_a_file_is_what_it_holds_whatever_it_is_called(content, found, home):
    assert store(content(), name="picture.exe").media_type == found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00\x03" + bytes(100),
        b"\x7fELF\x02\x01\x01" + bytes(60),
        b"PK\x03\x04 and no archive",
        b"kWh,1\n\x00\x01\x02",
        bytes(range(256)),
        "户号,电量".encode()[:-1] + b"\xff\xff",
        b"PAR1 cut short",
    ],
)
def test_what_is_nothing_known_is_refused_and_nothing_of_it_is_left(content, home):
    if content.startswith(b"PAR1"):
        content += bytes(8)
    with pytest.raises(Refused) as refused:
        store(content, name="五月.csv")
    assert refused.value.file == "五月.csv"
    assert left(home) == []
    assert not StoredFile.objects.exists()


def test_a_text_cut_inside_a_character_at_the_edge_of_a_piece_is_read_whole(home, monkeypatch):
    monkeypatch.setattr(media, "_PIECE", 5)
    assert store("户号,电量,计量点\n".encode() * 10).media_type == media.CSV


def test_an_archive_that_unpacks_to_too_much_is_refused(home, monkeypatch):
    with pytest.raises(Refused, match="too much"):
        store(archive({"bomb": bytes(20_000_000)}))
    with pytest.raises(Refused, match="too much"):
        store(archive({f"{n}": b"" for n in range(10_001)}))
    lying = bytearray(archive({"a": zlib.compress(os.urandom(3000))}))
    at = lying.rindex(b"PK\x01\x02") + 24
    lying[at : at + 4] = struct.pack("<I", 2**32 - 2)
    with pytest.raises(Refused, match="too much"):
        store(bytes(lying))


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(home):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"a" * size

    endless = Endless()
    with pytest.raises(Refused, match="larger than 3,000,000"):
        files.store(endless, name="a.csv", kind="tests", by=ME, limit=3_000_000)
    assert endless.given < 6_000_000
    assert left(home) == []


def test_only_wanted_kinds_are_taken(home):
    with pytest.raises(Refused, match="application/pdf by its content"):
        store(b"%PDF-1.7", name="payments.csv", accept=[media.CSV, media.XLSX])
    assert left(home) == []
    assert store(b"a,b\n", accept=[media.CSV]).media_type == media.CSV


def test_equal_content_is_kept_once_and_known_twice(home):
    first, second = store(b"a,b\n", name="one.csv"), store(b"a,b\n", name="two.csv")
    assert files.path(first) == files.path(second)
    assert files.path(first).read_bytes() == b"a,b\n"
    assert len(left(home)) == 1
    assert AuditEntry.objects.filter(action="records.file.store").count() == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\li\\五月 电量.csv", "五月 电量.csv"),
        ("a\r\nSet-Cookie: b.csv", "aSet-Cookie: b.csv"),
        ("\u202evsc.exe", "vsc.exe"),
        ("", "file"),
        ("..", "file"),
        ("...", "file"),
        ("/", "file"),
        ("长" * 400 + ".csv", "长" * 250 + ".csv"),
    ],
)
def test_a_name_is_shown_and_never_a_path(name, shown, home):
    stored = store(b"a,b\n", name=name)
    assert stored.name[-len(shown) :] == shown[-255:]
    assert "/" not in stored.name
    assert len(stored.name) <= 255
    assert files.path(stored).parent.parent == home / "files"


def test_a_disk_that_is_full_leaves_nothing(home, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store(b"a,b\n")
    assert left(home) == []
    assert not StoredFile.objects.exists()


def test_the_check_finds_what_is_missing_altered_and_unknown(home, capsys):
    whole, gone, other = (store(f"a,{n}\n".encode(), name=f"{n}.csv") for n in range(3))
    files.path(gone).unlink()
    files.path(other).write_bytes(b"b,b\n")
    orphan, young = home / "files" / "ab" / "cd", home / "files" / "incoming" / "ef"
    for file in (orphan, young):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    os.utime(orphan, (time.time() - 7200,) * 2)
    found = files.check()
    assert (found.whole, found.missing, found.altered, found.orphans) == (1, [gone], [other], [orphan])
    with pytest.raises(SystemExit):
        call_command("files", "check", "--remove-orphans")
    said = capsys.readouterr()
    assert "1.csv" in said.err
    assert "is missing" in said.err
    assert not orphan.exists()
    assert young.exists()
    assert files.path(whole).exists()


def test_a_folder_without_files_is_in_order(home, capsys):
    call_command("files", "check")
    assert "0 stored files" in capsys.readouterr().out
