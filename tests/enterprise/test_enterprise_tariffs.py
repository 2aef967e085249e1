"""Two people for a tariff; bills are priced by what was put in force, on the days it holds."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests.enterprise.folders import replace

from wattloop.apps.enterprise import gate, queries, services
from wattloop.apps.enterprise.folder.reading import FolderRefused
from wattloop.apps.enterprise.models import FolderVersion, TariffOffer, User
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditEntry
from wattloop.example import ENTERPRISE
from wattloop.library.quantity.refusal import Refused

TARIFF = "residential-yearly"
DAYS = ("day: 0.568", "day: 0.668")
LOADER = System("loader")


@pytest.fixture
def chief(loaded: services.Loaded) -> User:
    return User.objects.get(username="zhoujianguo")


@pytest.fixture
def designer(loaded: services.Loaded) -> User:
    return User.objects.get(username="chensiyuan")


@pytest.fixture
def in_force(loaded: services.Loaded, chief: User) -> TariffOffer:
    return services.decide_tariff(TariffOffer.objects.get(), True, by=chief)


def text_of(folder: Path, first: str | None = None) -> bytes:
    """The tariff with another price and without its examples, from another day on."""
    text = (folder / "tariffs" / f"{TARIFF}.yaml").read_text(encoding="utf-8").split("examples:")[0]
    text = text.replace(*DAYS)
    return (text.replace("valid_from: 2025-01-01", f"valid_from: {first}") if first else text).encode()


def test_what_is_put_in_force_is_what_bills_use(in_force: TariffOffer) -> None:
    [tariff] = queries.tariffs_in_force()
    assert (tariff.id, tariff.valid_from) == (TARIFF, dt.date(2025, 1, 1))
    assert queries.tariff_names() == {
        TARIFF: ("居民生活用电（年阶梯、分时）", "Residential, yearly tiers with time of use")
    }
    assert AuditEntry.objects.first().action == "enterprise.tariff.decide"


def test_whoever_proposed_a_tariff_may_not_decide_it(in_force: TariffOffer, folder: Path, chief: User) -> None:
    both = User.objects.get(username="wumin")
    both.assignments.create(role=User.objects.get(username="chensiyuan").assignments.get().role, unit=queries.company())
    offer = services.propose_tariff(TARIFF, text_of(folder), by=User.objects.get(username="wumin"))
    with pytest.raises(Refused, match="wumin proposed residential-yearly themselves"):
        services.decide_tariff(offer, True, by=both)
    assert services.decide_tariff(offer, True, by=chief).state == "in-force"


def test_the_database_itself_holds_that_two_people_are_needed(in_force: TariffOffer) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffOffer.objects.update(decided_by="system:loader")


def test_whoever_may_not_decide_is_refused(loaded: services.Loaded, designer: User) -> None:
    with pytest.raises(gate.NotAllowed):
        services.decide_tariff(TariffOffer.objects.get(), True, by=designer)
    with pytest.raises(gate.NotAllowed):
        services.propose_tariff(TARIFF, b"", by=User.objects.get(username="liuyang"))


def test_a_tariff_that_begins_later_leaves_the_days_before_to_the_one_it_replaces(
    in_force: TariffOffer, folder: Path, chief: User, designer: User
) -> None:
    offer = services.propose_tariff(TARIFF, text_of(folder, "2027-01-01"), by=designer)
    assert len(queries.tariffs_in_force()) == 1
    services.decide_tariff(offer, True, by=chief)
    old, new = queries.tariffs_in_force()
    assert (old.valid_from, old.valid_to) == (dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    assert (new.valid_from, new.valid_to) == (dt.date(2027, 1, 1), None)
    in_force.refresh_from_db()
    assert in_force.state == "replaced"


def test_a_tariff_for_the_same_days_replaces_the_other_wholly(
    in_force: TariffOffer, folder: Path, chief: User, designer: User
) -> None:
    services.decide_tariff(services.propose_tariff(TARIFF, text_of(folder), by=designer), True, by=chief)
    [one] = queries.tariffs_in_force()
    assert "0.668" in repr(one.components)


def test_versions_of_three_files_lie_end_to_end(
    in_force: TariffOffer, folder: Path, chief: User, designer: User
) -> None:
    for first in ("2027-01-01", "2026-07-01"):
        services.decide_tariff(services.propose_tariff(TARIFF, text_of(folder, first), by=designer), True, by=chief)
    spans = [(str(one.valid_from), str(one.valid_to)) for one in queries.tariffs_in_force()]
    assert spans == [("2025-01-01", "2026-06-30"), ("2026-07-01", "None")]


def test_a_proposal_sent_back_needs_a_reason_and_changes_nothing(
    in_force: TariffOffer, folder: Path, chief: User, designer: User
) -> None:
    offer = services.propose_tariff(TARIFF, text_of(folder), by=designer)
    with pytest.raises(Refused, match="Write what should change"):
        services.decide_tariff(offer, False, by=chief)
    services.decide_tariff(offer, False, "too dear", by=chief)
    [tariff] = queries.tariffs_in_force()
    assert "0.668" not in repr(tariff.components)
    with pytest.raises(Refused, match="sent back as it stands"):
        services.propose_tariff(TARIFF, text_of(folder), by=designer)
    again = services.propose_tariff(TARIFF, by=designer)
    assert services.decide_tariff(again, True, by=chief).state == "in-force"


def test_a_proposal_is_decided_once(in_force: TariffOffer, chief: User) -> None:
    with pytest.raises(Refused, match="decided already: in-force"):
        services.decide_tariff(in_force, True, by=chief)


def test_many_are_decided_together_or_none(loaded: services.Loaded, chief: User) -> None:
    first = TariffOffer.objects.get()
    TariffOffer.objects.create(
        tariff="other", file=first.file, digest="x", version=first.version, proposed_by=chief.username,
        proposed_at=first.proposed_at,
    )  # fmt: skip
    with pytest.raises(Refused, match="zhoujianguo proposed other themselves"):
        services.decide_tariffs(TariffOffer.objects.order_by("id"), True, by=chief)
    assert {one.state for one in TariffOffer.objects.all()} == {"proposed"}


def test_a_proposal_that_cannot_be_priced_is_refused_and_leaves_no_version(
    in_force: TariffOffer, designer: User
) -> None:
    with pytest.raises(FolderRefused, match=r"tariffs/residential-yearly\.yaml"):
        services.propose_tariff(TARIFF, b"id: residential-yearly\n", by=designer)
    with pytest.raises(Refused, match="is not an id"):
        services.propose_tariff("../../evil", b"x", by=designer)
    assert FolderVersion.objects.count() == 1


def test_a_new_tariff_may_be_proposed(in_force: TariffOffer, folder: Path, designer: User) -> None:
    text = text_of(folder).replace(b"id: residential-yearly", b"id: residential-new")
    offer = services.propose_tariff("residential-new", text, by=designer)
    assert (offer.file, offer.version.number, offer.proposed_by) == ("tariffs/residential-new.yaml", 2, "chensiyuan")


def test_loading_a_changed_tariff_proposes_it_and_withdraws_what_waited(
    in_force: TariffOffer, folder: Path, designer: User
) -> None:
    waiting = services.propose_tariff(TARIFF, text_of(folder, "2027-01-01"), by=designer)
    (folder / "tariffs" / f"{TARIFF}.yaml").write_bytes(text_of(folder, "2027-02-01"))
    services.load_folder(folder, by=LOADER)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert TariffOffer.objects.get(state="proposed").proposed_by == "system:loader"


def test_going_back_to_what_is_in_force_withdraws_the_proposal(
    in_force: TariffOffer, folder: Path, designer: User
) -> None:
    services.propose_tariff(TARIFF, text_of(folder, "2027-01-01"), by=designer)
    services.load_folder(folder, by=LOADER)
    assert not TariffOffer.objects.filter(state="proposed").exists()


@pytest.mark.django_db
def test_a_changed_price_list_changes_the_tariffs_that_take_from_it_and_no_others(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    shutil.copytree(ENTERPRISE, folder)
    services.load_folder(folder, by=LOADER)
    services.decide_tariffs(TariffOffer.objects.all(), True, by=User.objects.get(username="zhoujianguo"))
    replace(folder / "prices" / "agency-purchase.yaml", "name:", "# as published\nname:")
    services.load_folder(folder, by=LOADER)
    waiting = set(TariffOffer.objects.filter(state="proposed").values_list("tariff", flat=True))
    assert waiting
    for name in TariffOffer.objects.filter(state="in-force").values_list("tariff", flat=True):
        uses = "agency-purchase.yaml" in (folder / "tariffs" / f"{name}.yaml").read_text(encoding="utf-8")
        assert uses == (name in waiting)


def test_a_tariff_that_left_the_folder_stays_in_force(in_force: TariffOffer, folder: Path) -> None:
    (folder / "tariffs" / f"{TARIFF}.yaml").unlink()
    (folder / "offers.yaml").write_text("offers: {}\n", encoding="utf-8")
    services.load_folder(folder, by=LOADER)
    assert [one.id for one in queries.tariffs_in_force()] == [TARIFF]


def test_somebody_elses_proposal_meanwhile_is_not_lost(
    in_force: TariffOffer, folder: Path, designer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wattloop.apps.enterprise.folder import loading

    real, done = loading._checked, []

    def slow(path: Path):
        if not done:
            done.append(True)
            text = text_of(folder).replace(b"id: residential-yearly", b"id: residential-new")
            services.propose_tariff("residential-new", text, by=designer)
        return real(path)

    monkeypatch.setattr(loading, "_checked", slow)
    with pytest.raises(Refused, match="somebody else loaded or proposed something meanwhile"):
        services.propose_tariff(TARIFF, text_of(folder), by=designer)
    assert "tariffs/residential-new.yaml" in queries.current().files
