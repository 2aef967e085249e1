"""A folder is taken whole or not at all; people and units are brought into line; nothing is deleted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.enterprise.folders import replace

from wattloop.apps.enterprise import gate, queries, services
from wattloop.apps.enterprise.folder.reading import FolderRefused
from wattloop.apps.enterprise.models import Assignment, Employee, FolderVersion, Post, Role, TariffOffer, Unit, User
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

LOADER = System("loader")


def load(folder: Path) -> services.Loaded:
    return services.load_folder(folder, by=LOADER)


def test_the_first_loading_makes_units_posts_roles_people_and_proposals(loaded: services.Loaded) -> None:
    assert loaded.version.number == 1
    assert queries.company().name_zh == "东江供电公司"
    assert Unit.objects.get(code="riverside-hall").path == "/dongjiang/riverside/riverside-hall/"
    assert Employee.objects.get(number="1001").user == User.objects.get(username="zhoujianguo")
    assert [offer.state for offer in TariffOffer.objects.all()] == ["proposed"]
    assert queries.tariffs_in_force() == []
    told = queries.settings()
    assert (told.currency, told.minor_digits, told.zone, told.languages) == (
        "CNY",
        2,
        "Asia/Shanghai",
        ("zh-hans", "en"),
    )


def test_nobody_has_a_password_from_the_folder(loaded: services.Loaded) -> None:
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_loading_the_same_again_changes_nothing(loaded: services.Loaded, folder: Path) -> None:
    entries = AuditEntry.objects.count()
    again = load(folder)
    assert (again.version, again.changes) == (loaded.version, None)
    assert (FolderVersion.objects.count(), AuditEntry.objects.count()) == (1, entries)


def test_each_loading_leaves_one_audit_entry(loaded: services.Loaded) -> None:
    [entry] = AuditEntry.objects.all()
    assert (entry.actor, entry.action, entry.unit_path) == ("system:loader", "enterprise.folder.load", "/dongjiang/")
    assert entry.after["made"]["post"][0] == "marketing-chief"


def test_the_files_are_kept_as_they_were(loaded: services.Loaded, folder: Path, home: Path) -> None:
    kept = home / "enterprise" / "1"
    assert {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()} == set(
        loaded.version.files
    )
    replace(folder / "units.yaml", "Riverside station", "River station")
    assert load(folder).version.number == 2
    assert "Riverside station" in (kept / "units.yaml").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_folder_with_one_error_changes_nothing(home: Path, folder: Path) -> None:
    replace(folder / "employees.yaml", "post: cashier", "post: chashier")
    with pytest.raises(FolderRefused):
        load(folder)
    assert not Unit.objects.exists()
    assert not FolderVersion.objects.exists()
    assert not (home / "enterprise").exists()


def test_a_unit_that_vanished_is_inactive_and_its_role_grants_nothing(loaded: services.Loaded, folder: Path) -> None:
    clerk = User.objects.get(username="zhuting")
    newtown = Unit.objects.get(code="newtown")
    assert gate.may(clerk, "customers.customer.view", newtown)
    for file in ("units.yaml", "employees.yaml"):
        lines = (folder / file).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / file).write_text("".join(line for line in lines if "newtown" not in line), encoding="utf-8")
    load(folder)
    newtown.refresh_from_db()
    assert not newtown.active
    assert not Employee.objects.get(number="1302").active
    assert not User.objects.get(username="zhuting").is_active
    assert not gate.may(User.objects.get(username="zhuting"), "customers.customer.view")
    assert Assignment.objects.filter(unit=newtown).count() == 0


def test_who_returns_to_the_folder_may_sign_in_again(loaded: services.Loaded, folder: Path) -> None:
    before = (folder / "employees.yaml").read_text(encoding="utf-8")
    (folder / "employees.yaml").write_text(
        "".join(line for line in before.splitlines(keepends=True) if "hujun" not in line), encoding="utf-8"
    )
    load(folder)
    assert not User.objects.get(username="hujun").is_active
    (folder / "employees.yaml").write_text(before, encoding="utf-8")
    load(folder)
    assert User.objects.get(username="hujun").is_active
    assert gate.may(User.objects.get(username="hujun"), "receivables.payment.take", Unit.objects.get(code="newtown"))


def test_who_was_locked_in_the_console_is_not_unlocked_by_a_loading(loaded: services.Loaded, folder: Path) -> None:
    User.objects.filter(username="hujun").update(is_active=False)
    replace(folder / "units.yaml", "Riverside station", "River station")
    load(folder)
    assert not User.objects.get(username="hujun").is_active


def test_a_unit_that_moves_takes_its_teams_and_grants_with_it(loaded: services.Loaded, folder: Path) -> None:
    replace(folder / "units.yaml", "en: Riverside service hall, parent: riverside}", "en: Hall, parent: hillside}")
    load(folder)
    hall = Unit.objects.get(code="riverside-hall")
    assert hall.path == "/dongjiang/hillside/riverside-hall/"
    assert not gate.may(User.objects.get(username="zhangxiulan"), "customers.customer.view", hall)
    assert gate.may(User.objects.get(username="linxiaoyan"), "customers.customer.view", hall)


def test_two_units_may_change_places(loaded: services.Loaded, folder: Path) -> None:
    """No path is anybody's twice on the way, though each takes the other's."""
    text = (folder / "units.yaml").read_text(encoding="utf-8")
    (folder / "units.yaml").write_text(
        text.replace("parent: riverside}", "parent: X}").replace("parent: hillside}", "parent: riverside}")
        .replace("parent: X}", "parent: hillside}"), encoding="utf-8",
    )  # fmt: skip
    load(folder)
    assert Unit.objects.get(code="riverside-hall").path == "/dongjiang/hillside/riverside-hall/"
    assert Unit.objects.get(code="hillside-hall").path == "/dongjiang/riverside/hillside-hall/"


def test_a_role_that_changes_holds_on_the_next_request(loaded: services.Loaded, folder: Path) -> None:
    unit = Unit.objects.get(code="riverside")
    assert not gate.may(User.objects.get(username="liuyang"), "receivables.payment.refund", unit)
    replace(
        folder / "roles.yaml", "receivables.payment.take, ", "receivables.payment.take, receivables.payment.refund, "
    )
    load(folder)
    assert gate.may(User.objects.get(username="liuyang"), "receivables.payment.refund", unit)


def test_a_role_that_vanished_grants_nothing_whoever_gave_it(loaded: services.Loaded, folder: Path) -> None:
    user, unit = User.objects.get(username="hujun"), Unit.objects.get(code="newtown")
    Assignment.objects.create(user=user, role=Role.objects.get(code="auditor"), unit=unit)
    assert gate.may(User.objects.get(username="hujun"), "records.audit.view")
    text = (folder / "roles.yaml").read_text(encoding="utf-8")
    start, end = text.index("  auditor:"), text.index("  admin:")
    (folder / "roles.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    replace(folder / "employees.yaml", ", roles: [auditor]", "")
    load(folder)
    assert not Role.objects.get(code="auditor").active
    assert not gate.may(User.objects.get(username="hujun"), "records.audit.view")


def test_a_role_given_in_the_console_outlives_a_loading(loaded: services.Loaded, folder: Path) -> None:
    user, unit = User.objects.get(username="hujun"), Unit.objects.get(code="newtown")
    Assignment.objects.create(user=user, role=Role.objects.get(code="clerk"), unit=unit)
    replace(folder / "employees.yaml", "roles: {cashier: newtown}", "roles: {cashier: hillside}")
    load(folder)
    held = {(one.role.code, one.unit.code) for one in Assignment.objects.filter(user=user)}
    assert held == {("clerk", "newtown"), ("cashier", "hillside")}


@pytest.mark.parametrize("code", ["admin", "chief"])
def test_a_loading_after_which_nobody_could_load_or_decide_is_refused(
    loaded: services.Loaded, folder: Path, code: str
) -> None:
    text = (folder / "employees.yaml").read_text(encoding="utf-8")
    (folder / "employees.yaml").write_text(text.replace(f"roles: [{code}]", "roles: [auditor]"), encoding="utf-8")
    with pytest.raises(FolderRefused, match="After this nobody could do enterprise"):
        load(folder)
    assert FolderVersion.objects.count() == 1
    assert Assignment.objects.filter(role__code=code).exists()


def test_a_station_role_does_not_count_as_somebody_who_can_load(loaded: services.Loaded, folder: Path) -> None:
    text = (folder / "employees.yaml").read_text(encoding="utf-8")
    text = text.replace("roles: [admin]", "roles: {admin: riverside}")
    (folder / "employees.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FolderRefused, match="nobody could do enterprise"):
        load(folder)


def test_a_user_may_change_hands(loaded: services.Loaded, folder: Path) -> None:
    replace(folder / "employees.yaml", "user: liuyang", "user: X")
    replace(folder / "employees.yaml", "user: hujun", "user: liuyang")
    replace(folder / "employees.yaml", "user: X", "user: hujun")
    load(folder)
    assert Employee.objects.get(number="1103").user == User.objects.get(username="hujun")
    assert Employee.objects.get(number="1303").user == User.objects.get(username="liuyang")
    assert User.objects.get(username="hujun").is_active


def test_a_user_who_is_nobodys_any_more_is_locked_and_has_no_role(loaded: services.Loaded, folder: Path) -> None:
    replace(folder / "employees.yaml", "user: hujun", "user: hu.jun")
    load(folder)
    old = User.objects.get(username="hujun")
    assert not old.is_active
    assert not old.assignments.exists()
    assert Employee.objects.get(number="1303").user.username == "hu.jun"


def test_a_thousand_employees_are_loaded(loaded: services.Loaded, folder: Path) -> None:
    more = "".join(
        f"  {number}: {{name: 员工{number}, unit: riverside-hall, post: service-agent, user: u{number}, "
        f"roles: {{clerk: riverside}}}}\n"
        for number in range(5000, 6000)
    )
    with (folder / "employees.yaml").open("a", encoding="utf-8") as file:
        file.write(more)
    load(folder)
    assert Employee.objects.filter(active=True).count() == 1020
    assert Assignment.objects.count() == 1021


def test_whoever_may_not_load_is_refused(loaded: services.Loaded, folder: Path) -> None:
    replace(folder / "units.yaml", "Riverside station", "River station")
    with pytest.raises(gate.NotAllowed):
        services.load_folder(folder, by=User.objects.get(username="chensiyuan"))
    assert services.load_folder(folder, by=User.objects.get(username="sunhao")).version.loaded_by == "sunhao"


def test_files_of_a_loading_that_was_cut_off_are_overwritten(loaded: services.Loaded, folder: Path, home: Path) -> None:
    (home / "enterprise" / "2").mkdir()
    (home / "enterprise" / "2" / "left.yaml").write_text("x", encoding="utf-8")
    replace(folder / "units.yaml", "Riverside station", "River station")
    load(folder)
    assert not (home / "enterprise" / "2" / "left.yaml").exists()
    assert [path.name for path in sorted((home / "enterprise").iterdir())] == ["1", "2"]


def test_what_a_killed_loading_left_behind_is_removed_after_an_hour(
    loaded: services.Loaded, folder: Path, home: Path
) -> None:
    old, new = home / "enterprise" / ".incoming-old", home / "enterprise" / ".incoming-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (1, 1))
    replace(folder / "units.yaml", "Riverside station", "River station")
    load(folder)
    assert (old.exists(), new.exists()) == (False, True)


def test_files_that_are_gone_are_missed_by_name(loaded: services.Loaded, home: Path) -> None:
    shutil.rmtree(home / "enterprise" / "1")
    with pytest.raises(Refused, match=r"files of version 1 of the enterprise folder are gone. Restore .*enterprise/1"):
        queries.rule("numbering")


@pytest.mark.django_db
def test_before_a_folder_is_loaded_there_is_no_company_and_no_rule(home: Path) -> None:
    with pytest.raises(Refused, match="no company yet"):
        queries.company()
    with pytest.raises(Refused, match="says nothing of numbering"):
        queries.rule("numbering")
    assert queries.tariffs_in_force() == []
    assert queries.settings() == queries.UNTOLD


def test_what_there_was_stays_in_the_posts(loaded: services.Loaded, folder: Path) -> None:
    lines = (folder / "employees.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "employees.yaml").write_text("".join(one for one in lines if "cashier" not in one), encoding="utf-8")
    lines = (folder / "posts.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "posts.yaml").write_text("".join(one for one in lines if "  cashier:" not in one), encoding="utf-8")
    load(folder)
    assert Post.objects.get(code="cashier").active is False
