"""A designer tries a tariff in a real browser: by keys and by pointer, and makes a proposal of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast
from tests.console.places_tariffs import YEARLY, prepare, whole_enterprise
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.apps.records import jobs

TRY = f"/tariffs/{YEARLY}/try/?month=2026-03"


@pytest.fixture
def trial(stage: Cast, open_page: Callable[..., Any]) -> Any:
    prepare(stage)
    page = open_page("designer", language="en")
    page.goto(TRY)
    page.wait_for_load_state("networkidle")
    return page


def figure(page: Any, name: str) -> str:
    return str(page.locator(f"[data-figure={name}]").inner_text())


def answered(page: Any) -> Any:
    return page.expect_response(lambda response: "/answer/" in response.url and response.status == 200)


def test_a_boundary_is_moved_by_the_arrow_keys_and_answered_at_once(trial: Any) -> None:
    handle = trial.get_by_role("slider").nth(1)
    assert (handle.get_attribute("aria-valuetext"), handle.get_attribute("aria-label")) == ("22:00", "night begins")
    assert figure(trial, "difference") == "¥0.00"
    handle.focus()
    for key, time in (("ArrowLeft", "21:45"), ("PageDown", "20:45"), ("ArrowRight", "21:00")):
        with answered(trial):
            trial.keyboard.press(key)
        assert handle.get_attribute("aria-valuetext") == time
    trial.wait_for_load_state("networkidle")
    assert figure(trial, "difference").startswith("−¥")
    assert figure(trial, "winners") == "2"
    assert trial.locator("input[name=from-0]").nth(2).input_value() == "21:00", "the inputs follow"
    assert trial.evaluate("document.activeElement.getAttribute('role')") == "slider", "the boundary keeps the focus"
    with answered(trial):
        trial.keyboard.press("End")
    assert handle.get_attribute("aria-valuetext") == "23:45", "no stretch is lost by keys"


def test_a_boundary_is_dragged_by_the_pointer_from_slot_to_slot(trial: Any) -> None:
    handle = trial.get_by_role("slider").first
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    trial.mouse.move(x, y)
    trial.mouse.down()
    hour = trial.locator(".day-bar").bounding_box()["width"] * 960 / 976 / 24
    with answered(trial):
        trial.mouse.move(x + 2.1 * hour, y, steps=8)
    trial.mouse.up()
    trial.wait_for_load_state("networkidle")
    assert handle.get_attribute("aria-valuetext") == "08:00"
    assert figure(trial, "winners") == "2"


def test_a_time_typed_moves_the_bar_and_a_stretch_is_added_and_taken_away(trial: Any) -> None:
    trial.get_by_text("As times").click()
    with answered(trial):
        trial.locator("input[name=from-0]").nth(2).fill("20:00")
        trial.locator("input[name=from-0]").nth(2).blur()
    assert trial.get_by_role("slider").nth(1).get_attribute("aria-valuetext") == "20:00"
    fresh = trial.locator("li[data-new]")
    fresh.locator("select").select_option("night")
    with answered(trial):
        fresh.locator("input").fill("12:00")
        fresh.locator("input").blur()
    assert trial.get_by_role("slider").count() == 3
    with answered(trial):
        trial.locator("li[data-stretch] input").nth(3).fill("")
        trial.locator("li[data-stretch] input").nth(3).blur()
    assert trial.get_by_role("slider").count() == 2
    assert trial.locator("li[data-stretch]").count() == 3


def test_a_price_that_is_none_is_said_and_mended_without_losing_the_day(trial: Any) -> None:
    trial.get_by_role("slider").nth(1).focus()
    with answered(trial):
        trial.keyboard.press("ArrowLeft")
    price = trial.get_by_label("day", exact=False).and_(trial.locator("input.price"))
    with answered(trial):
        price.fill("dear")
        price.blur()
    assert "is no price" in trial.get_by_role("alert").inner_text()
    with answered(trial):
        price.fill("0.6")
        price.blur()
    trial.wait_for_load_state("networkidle")
    assert trial.get_by_role("slider").nth(1).get_attribute("aria-valuetext") == "21:45"
    assert figure(trial, "losers") == "2"
    assert "differs" in price.get_attribute("class")


def test_a_designer_sums_up_tries_and_proposes_and_the_chief_puts_in_force(
    stage: Cast, open_page: Callable[..., Any], check_axe: Callable[[Any], None]
) -> None:
    whole_enterprise(stage)
    page = open_page("chensiyuan", language="en")
    page.goto(TRY)
    page.get_by_role("button", name="Sum up the readings").click()
    jobs.run_waiting()
    page.get_by_text("What it brings").wait_for()  # the page comes anew by itself
    page.get_by_role("slider").nth(1).focus()
    with answered(page):
        page.keyboard.press("PageDown")
    page.wait_for_load_state("networkidle")
    assert figure(page, "winners") == "2"
    page.locator("#valid_from").fill("2027-01-01")
    page.get_by_role("button", name="Look at the new file").click()
    page.locator("#note").fill("An hour more of night")
    assert "night: 21:00-06:00, rest: day" in page.locator(".file-diff").inner_text()
    check_axe(page)
    page.get_by_role("button", name="Propose", exact=True).click()
    page.get_by_text("Proposed. Somebody else decides.").wait_for()
    offer = TariffOffer.objects.get(tariff=YEARLY, state="proposed")
    chief = open_page("zhoujianguo", language="en")
    chief.goto(f"/tariffs/proposals/{offer.pk}/")
    assert "21:00-22:00 moves from day to night" in chief.locator("main").inner_text()
    check_axe(chief)
    chief.get_by_role("button", name="Put in force").click()
    chief.get_by_role("dialog").get_by_role("button", name="Go on").click()
    chief.get_by_text(f"{YEARLY} is in force.").wait_for()
    offer.refresh_from_db()
    assert (offer.state, offer.proposed_by, offer.decided_by) == ("in-force", "chensiyuan", "zhoujianguo")


def test_the_trial_can_be_used_by_everybody_with_figures_and_without(
    stage: Cast, open_page: Callable[..., Any], check_axe: Callable[[Any], None]
) -> None:
    prepare(stage)
    for dark in (False, True):
        page = open_page("designer", dark=dark, language="zh-hans")
        page.goto(TRY)
        page.wait_for_load_state("networkidle")
        with answered(page):
            page.get_by_role("slider").nth(1).focus()
            page.keyboard.press("PageDown")
        page.wait_for_load_state("networkidle")
        check_axe(page)
