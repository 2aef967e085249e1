"""An administrator sends a folder with a slip, mends it, loads it, and gives somebody a password and a role."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.enterprise.folders import replace, small_folder
from wattloop.apps.enterprise import services
from wattloop.apps.enterprise.models import User
from wattloop.apps.records.actors import System


def packed(folder: Path, to: Path) -> Path:
    """The folder as somebody packs it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                made.write(path, f"东江/{path.relative_to(folder).as_posix()}")
    to.write_bytes(out.getvalue())
    return to


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("zh-hans", True)])
def test_a_folder_is_sent_mended_and_loaded(
    stage: Cast, open_page: Callable[..., Any], check_axe: Callable[[Any], None], tmp_path: Path,
    language: str, dark: bool,
) -> None:  # fmt: skip
    folder = small_folder(tmp_path / "folder")
    services.load_folder(folder, by=System("loader"))
    stage.users["sunhao"] = User.objects.get(username="sunhao")
    page = open_page("sunhao", language=language, dark=dark)

    page.goto("/enterprise/")
    page.wait_for_selector("#readiness table")
    check_axe(page)
    page.click("a[href='/enterprise/upload']")
    replace(folder / "employees.yaml", "post: cashier", "post: chashier")
    page.set_input_files("input[type=file]", packed(folder, tmp_path / "slip.zip"))
    page.click("form button.btn-primary")
    page.wait_for_selector("text=Did you mean cashier?")
    load = "form button.btn-primary:has-text('{}')"
    assert page.locator(f"{load.format('Load')}, {load.format('载入')}").count() == 0
    check_axe(page)

    replace(folder / "employees.yaml", "post: chashier", "post: cashier")
    replace(folder / "units.yaml", "Riverside station", "River station")
    page.goto("/enterprise/upload")
    page.set_input_files("input[type=file]", packed(folder, tmp_path / "mended.zip"))
    page.click("form button.btn-primary")
    page.wait_for_selector("text=River station")
    check_axe(page)
    page.fill("input[name=note]", "江滨改名")
    page.click("form button.btn-primary")
    page.wait_for_selector("text=江滨改名")
    page.click("a[href*='compare']")
    page.wait_for_selector("text=River station")
    check_axe(page)

    page.goto("/enterprise/users")
    page.click("text=hujun")
    page.wait_for_selector("select[name=role]")
    check_axe(page)
    page.select_option("select[name=role]", label="Service desk" if language == "en" else "营业员")
    page.select_option("select[name=unit]", label="River station" if language == "en" else "江滨供电所")
    page.click("button[value=give]")
    page.wait_for_selector("button[value=take]")
    page.click("button[value=password]")
    page.click("dialog#confirm button[value=yes]")
    page.wait_for_selector("dd.big")
    password = page.inner_text("dd.big")
    check_axe(page)
    assert User.objects.get(username="hujun").check_password(password)
    assert User.objects.get(username="hujun").assignments.filter(unit__code="riverside", role__code="clerk").exists()
