"""Tariffs in the console: seen, drawn, decided by a second person, tried on the population, proposed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.console.places_tariffs import SINGLE, YEARLY, prepare, whole_enterprise

from wattloop.apps.billing.trials import places, queries
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.apps.records import jobs
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.library import tariffs

pytestmark = pytest.mark.django_db
MONTH = {"month": "2026-03", "span": "1"}
SignedIn = Callable[[str], Client]


@pytest.fixture
def made(cast: Cast, home: Any) -> dict[str, Any]:
    return prepare(cast)


def form(**more: Any) -> dict[str, Any]:
    """The page's form for the households' tariff: night from 22:00 to 06:00."""
    day = {"from-0": ["00:00", "06:00", "22:00", ""], "period-0": ["night", "day", "night", "day"]}
    return MONTH | day | more


def told(client: Client, data: dict[str, Any], tariff: str = YEARLY) -> str:
    answer = client.post(reverse("tariffs:answer", args=[tariff]), data)
    assert answer.status_code == 200
    return answer.content.decode()


def figure(page: str, name: str) -> str:
    return re.search(rf'data-figure="{name}">\s*([^<]*)<', page)[1].strip()  # type: ignore[index]


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_the_list_says_which_tariffs_are_in_force_who_has_them_and_what_waits(made: Any, signed_in: SignedIn) -> None:
    page = text(signed_in("designer").get(reverse("tariffs:list")))
    assert "Proposals that wait for a second person" in page
    assert "proposed by designer" in page
    assert "Residential, yearly tiers with time of use residential-yearly" in page
    row = text(signed_in("designer").get(reverse("tariffs:list"), {"text": "yearly"}))
    assert "1 row" in row
    assert re.search(r"residential, &lt;1kV 2 in force", row)


def test_somebody_of_one_station_counts_the_agreements_of_that_station(cast: Cast, made: Any) -> None:
    from wattloop.apps.enterprise.models import Assignment, Role
    from wattloop.faces.console.tariffs.counting import agreements_of

    user = cast.users["clerk-west"]
    role = Role.objects.create(code="looker", name_zh="看", name_en="Looker", grants=["enterprise.tariff.view"])
    Assignment.objects.create(user=user, role=role, unit=cast.west)
    assert agreements_of(user) == {YEARLY: 1}


def test_a_list_is_exported_with_its_numbers_as_numbers(made: Any, signed_in: SignedIn) -> None:
    answer = signed_in("auditor").get(reverse("tariffs:list"), {"export": "csv"})
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert len(lines) == 12
    assert any(line.startswith("Residential, yearly") or '"Residential, yearly' in line for line in lines)


def test_a_tariff_is_drawn_with_a_table_beside_every_picture(made: Any, signed_in: SignedIn) -> None:
    page = signed_in("auditor").get(reverse("tariffs:detail", args=["industrial-demand"]), {"year": "2026"})
    said = text(page)
    assert "27 Jun-28 Jun 2 sharp peak 11:00-12:00, 15:00-17:00; peak 10:00-11:00, 17:00-21:00;" in said
    assert "15:00-17:00 sharp peak 1.1184" in said
    assert "maximum demand: 36 CNY per kW, block 15 min" in said
    assert said.count("agrees") >= 11
    assert "differs" not in said
    assert "Try other hours" not in said, "an auditor tries nothing"


def test_tiers_are_stairs_and_a_chinese_reader_reads_chinese(made: Any, cast: Cast, signed_in: SignedIn) -> None:
    cast.auditor.language = "zh-hans"
    cast.auditor.save()
    client = signed_in("auditor")
    said = text(client.get(reverse("tariffs:detail", args=[YEARLY]), {"year": "2026"}))
    assert "2760 kWh 4800 kWh" in said
    assert "一户多人口：第一档 +100 kWh ×剩余月数" in said
    assert "1 0.568 0.288 2 0.618 0.318 3 0.868 0.438" in said


def test_a_version_shows_what_it_changed(made: Any, signed_in: SignedIn) -> None:
    at = reverse("tariffs:detail", args=["industrial-two-part-10kv"])
    said = text(signed_in("auditor").get(at, {"on": "2026-10-01"}))
    assert "What changed on 2026-10-01" in said
    assert "on-grid energy" in said


@pytest.mark.parametrize("query", [{"year": "9999"}, {"year": "x"}, {"on": "yesterday"}, {"on": "1901-01-01"}])
def test_an_odd_address_shows_what_there_is(made: Any, signed_in: SignedIn, query: dict[str, str]) -> None:
    assert signed_in("auditor").get(reverse("tariffs:detail", args=[YEARLY]), query).status_code == 200


def test_a_tariff_that_is_not_there_is_not_found(made: Any, signed_in: SignedIn) -> None:
    for name in ("detail", "file", "try"):
        assert signed_in("designer").get(reverse(f"tariffs:{name}", args=["nothing"])).status_code == 404


def test_a_proposal_is_told_in_words_and_decided_by_somebody_else(made: Any, signed_in: SignedIn) -> None:
    offer = made["proposal"]
    at, decide = (reverse(f"tariffs:{name}", args=[offer.pk]) for name in ("proposal", "decide"))
    said = text(signed_in("designer").get(at))
    assert "You proposed it: somebody else decides." in said
    assert "peak rises from 1.6 to 1.8" in said
    assert "valid_from: 2027-01-01" in said
    back = signed_in("chief").post(decide, {"do": "refuse", "note": ""})
    assert back.status_code == 422
    assert "nothing says why it is sent back" in text(back)
    done = signed_in("chief").post(decide, {"do": "accept", "note": "agreed"}, follow=True)
    assert "in force" in text(done)
    offer.refresh_from_db()
    assert (offer.state, offer.decided_by) == ("in-force", "chief")
    again = signed_in("chief").post(decide, {"do": "refuse", "note": "late"})
    assert again.status_code == 422
    assert "decided already" in text(again)


def test_nothing_changed_brings_nothing(made: Any, signed_in: SignedIn) -> None:
    page = told(signed_in("designer"), form())
    assert "nothing is changed yet" in page
    assert (figure(page, "difference"), figure(page, "winners"), figure(page, "losers")) == ("¥0.00", "0", "0")


def test_a_boundary_moved_is_answered_to_the_fen(made: Any, signed_in: SignedIn) -> None:
    """Night from 20:00 on: what two hours at the price of night instead of day come to, line by line."""
    import numpy as np

    from wattloop.library.rating.comparison.day_sums import open_sums

    page = told(signed_in("designer"), form(**{"from-0": ["00:00", "06:00", "20:00", ""]}))
    sums = open_sums(places.newest(YEARLY, dt.date(2026, 3, 1), None))  # type: ignore[arg-type]

    def bills(first: int) -> int:
        night = np.asarray(sums.running[0, 24] + sums.running[0, 96] - sums.running[0, first])
        day = np.asarray(sums.running[0, first] - sums.running[0, 24])
        return sum(
            round(int(wh) * 568 / 10_000) + round(int(no) * 288 / 10_000) for wh, no in zip(day, night, strict=True)
        )

    change = bills(80) - bills(88)
    assert figure(page, "difference") == f"−¥{-change / 100:,.2f}"
    assert (figure(page, "winners"), figure(page, "losers")) == ("2", "0")
    assert "张伟" in page, "the designer may see customers"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"from-0": ["00:00", "25:00", "22:00", ""]}, "is no time of the day"),
        ({"from-0": ["00:00", "06:03", "22:00", ""]}, "does not lie on five minutes"),
        ({"from-0": ["00:00", "06:05", "22:00", ""]}, "inside a reading of 15 minutes"),
        ({"from-0": ["01:00", "06:00", "22:00", ""]}, "do not follow each other from midnight on"),
        ({"from-0": ["00:00", "06:00", "06:00", ""]}, "do not follow each other"),
        ({"from-0": ["00:00", "", "", ""]}, "never in force"),
        ({"from-0": ["00:00"] * 60, "period-0": ["night"] * 60}, "too many stretches"),
        ({"price:energy.prices.day": "cheap"}, "is no price"),
        ({"price:energy.prices.day": "NaN"}, "is no price"),
        ({"price:energy.prices.day": "-0.2"}, "is no price"),
        ({"price:energy.prices.day": "1e5"}, ""),
        ({"digest": "of another file"}, "another file of this tariff has been put in force"),
    ],
)  # fmt: skip
def test_what_cannot_be_priced_is_said_on_the_page(
    made: Any, signed_in: SignedIn, data: dict[str, Any], what: str
) -> None:
    page = told(signed_in("designer"), form(**data))
    assert what in page.replace("&#x27;", "'")
    assert ('data-figure="difference"' in page) == (what == "")


def test_without_scripts_the_page_answers_as_a_whole_and_keeps_what_was_typed(made: Any, signed_in: SignedIn) -> None:
    at = reverse("tariffs:try", args=[YEARLY])
    page = signed_in("designer").post(at, form(**{"price:energy.prices.day": "0.6"}))
    assert page.status_code == 200
    assert 'value="0.6"' in page.content.decode()
    assert figure(page.content.decode(), "losers") == "2"
    wrong = signed_in("designer").post(at, form(**{"price:energy.prices.day": "dear"}))
    assert wrong.status_code == 422
    assert 'value="dear"' in wrong.content.decode()


def test_sums_are_made_by_a_job_and_by_one_at_a_time(made: Any, signed_in: SignedIn, home: Any) -> None:
    (home / "trials").unlink()
    client, at = signed_in("designer"), reverse("tariffs:try", args=[YEARLY])
    assert "have not been summed up yet" in text(client.get(at, MONTH))
    for _ in range(2):
        assert client.post(reverse("tariffs:sums", args=[YEARLY]), MONTH).status_code == 302
    assert Job.objects.filter(task="billing.trial-sums").count() == 1
    assert AuditEntry.objects.filter(action="enterprise.tariff.try", actor="designer").count() == 2
    assert "being summed up" in text(client.get(at, MONTH))
    assert jobs.run_waiting() == 1
    assert client.get(reverse("tariffs:summing", args=[YEARLY]), MONTH)["HX-Refresh"] == "true"
    page = client.get(at, MONTH)
    assert "What it brings" in text(page)
    assert len(list((home / "trials" / YEARLY / "2026-03" / "all").iterdir())) == 1


def test_a_month_that_cannot_be_summed_says_why(made: Any, signed_in: SignedIn) -> None:
    client, at = signed_in("designer"), reverse("tariffs:try", args=[SINGLE])
    client.post(reverse("tariffs:sums", args=[SINGLE]), MONTH)
    jobs.run_waiting()
    assert f"nobody has the tariff {SINGLE} in 2026-03" in text(client.get(at, MONTH))


def test_who_tries_for_one_station_sees_that_stations_agreements_alone(
    cast: Cast, made: Any, signed_in: SignedIn, home: Any
) -> None:
    from wattloop.apps.enterprise.models import Assignment, Role

    (home / "trials").unlink()
    role = Role.objects.create(code="trier", name_zh="试", name_en="Trier", grants=["enterprise.tariff.*"])
    Assignment.objects.create(user=cast.users["clerk-west"], role=role, unit=cast.west)
    for name in ("clerk-west", "designer"):
        signed_in(name).post(reverse("tariffs:sums", args=[YEARLY]), MONTH)
    assert jobs.run_waiting() == 2
    dearer = form(**{"price:energy.prices.day": "0.6"})
    west, all_ = (told(signed_in(name), dearer) for name in ("clerk-west", "designer"))
    assert (figure(west, "losers"), figure(all_, "losers")) == ("1", "2")
    assert "3200100001" not in west
    assert "3200100001" in all_
    client = signed_in("designer")
    client.post(reverse("tariffs:exact", args=[YEARLY]), dearer)
    job = Job.objects.filter(task="billing.trial-exact").exclude(pk=made["exact"].pk).get()
    assert client.get(reverse("tariffs:exact_found", args=[YEARLY, job.pk])).status_code == 200
    assert signed_in("clerk-west").get(reverse("tariffs:exact_found", args=[YEARLY, job.pk])).status_code == 404


def test_whole_bills_are_computed_on_demand_as_a_shadow_run_does(made: Any, signed_in: SignedIn) -> None:
    client = signed_in("designer")
    page = client.post(reverse("tariffs:exact", args=[YEARLY]), form(**{"price:energy.prices.day": "0.6"}))
    job = Job.objects.filter(task="billing.trial-exact").exclude(pk=made["exact"].pk).get()
    assert str(job.pk) in page.content.decode()
    jobs.run_waiting()
    found = client.get(reverse("tariffs:exact_found", args=[YEARLY, job.pk])).content.decode()
    assert "Whole bills, exactly" in found
    assert figure(found, "exact") == figure(told(client, form(**{"price:energy.prices.day": "0.6"})), "difference")
    job.refresh_from_db()
    assert job.result["compared"] == 2
    assert list(job.result["kinds"]) == ["energy"]


def test_a_proposal_is_made_of_a_trial_and_waits_for_somebody_else(made: Any, signed_in: SignedIn) -> None:
    client, at = signed_in("designer"), reverse("tariffs:draft", args=[YEARLY])
    data = form(**{"from-0": ["00:00", "06:00", "21:00", ""], "valid_from": "2027-01-01"})
    shown = client.post(at, data | {"do": "show"})
    assert "night: 21:00-06:00, rest: day" in text(shown)
    file = client.post(at, data | {"do": "download"})
    assert file["Content-Disposition"] == f'attachment; filename="{YEARLY}.yaml"'
    new = file.content.decode()
    assert "# Households: three tiers over the year" in new
    assert "valid_from: 2027-01-01" in new
    assert "energy: {prices: {day: 0.568, night: 0.288}}       # CNY per kWh" in new
    nothing = client.post(at, form(do="show"))
    assert nothing.status_code == 422
    assert "nothing differs" in text(nothing)


def test_examples_of_the_new_file_prove_its_prices(made: Any, signed_in: SignedIn, tmp_path: Any) -> None:
    from wattloop.library.rating.examples import check_examples

    data = form(**{"price:energy.prices.day": "0.6", "valid_from": "2027-01-01", "do": "download"})
    new = signed_in("designer").post(reverse("tariffs:draft", args=[YEARLY]), data).content.decode()
    (tmp_path / "new.yaml").write_text(new, encoding="utf-8")
    assert tariffs.check(tmp_path / "new.yaml", check_examples) == []
    assert "month: 2027-12" in new
    assert "expect: {energy: {day: 90.00, night: 23.04}, total: 113.04}" in new
    assert "Amounts computed from the changed prices; work them out by hand." in new


def test_queries_tell_months_of_readings_newest_first(made: Any) -> None:
    assert queries.months_there() == [dt.date(2026, 3, 1)]


def test_an_empty_lake_is_said(cast: Cast, made: Any, signed_in: SignedIn, home: Any) -> None:
    (home / "lake").unlink()
    page = signed_in("designer").get(reverse("tariffs:try", args=[YEARLY]))
    assert "no readings of a whole month" in text(page)
    assert signed_in("designer").post(reverse("tariffs:sums", args=[YEARLY]), MONTH).status_code == 302


def test_nobody_who_may_not_propose_is_shown_the_button(cast: Cast, made: Any, signed_in: SignedIn) -> None:
    from wattloop.apps.enterprise.models import Role

    Role.objects.filter(code="designer").update(grants=["enterprise.tariff.view", "enterprise.tariff.try"])
    data = form(**{"price:energy.prices.day": "0.6", "do": "show"})
    client, at = signed_in("designer"), reverse("tariffs:draft", args=[YEARLY])
    assert ">Propose<" not in client.post(at, data).content.decode()
    assert client.post(at, data | {"do": "propose"}).status_code == 404
    assert not TariffOffer.objects.filter(tariff=YEARLY, state="proposed").exists()


def test_what_is_proposed_is_the_file_that_was_shown_and_prices_what_was_tried(
    cast: Cast, home: Any, signed_in: SignedIn
) -> None:
    from wattloop.apps.enterprise import queries as enterprise

    whole_enterprise(cast)
    data = form(**{"from-0": ["00:00", "06:00", "21:00", ""], "valid_from": "2027-01-01", "note": "more night"})
    client, at = signed_in("chensiyuan"), reverse("tariffs:draft", args=[YEARLY])
    new = client.post(at, data | {"do": "download"}).content
    done = client.post(at, data | {"do": "propose"}, follow=True)
    assert "21:00-22:00 moves from day to night" in text(done)
    assert "more night" in text(done)
    offer = TariffOffer.objects.get(tariff=YEARLY, state="proposed")
    assert (offer.proposed_by, offer.version.note) == ("chensiyuan", "more night")
    assert (enterprise.version_folder(offer.version_id) / offer.file).read_bytes() == new
    again = client.post(at, data | {"do": "propose"})  # sent twice, as an impatient hand does
    assert again.url == reverse("tariffs:proposal", args=[offer.pk])
    assert TariffOffer.objects.filter(tariff=YEARLY, state="proposed").count() == 1
    assert signed_in("chensiyuan").post(reverse("tariffs:decide", args=[offer.pk]), {"do": "accept"}).status_code == 404
    signed_in("zhoujianguo").post(reverse("tariffs:decide", args=[offer.pk]), {"do": "accept"})
    days = {one.valid_from: one.valid_to for one in enterprise.tariffs_in_force() if one.id == YEARLY}
    assert days == {dt.date(2025, 1, 1): dt.date(2026, 12, 31), dt.date(2027, 1, 1): None}
    stale = client.post(reverse("tariffs:answer", args=[YEARLY]), data | {"digest": "before"}).content.decode()
    assert "another file of this tariff has been put in force" in stale
    month = told(client, MONTH)
    assert "data-figure" not in month or figure(month, "difference") == "¥0.00"
