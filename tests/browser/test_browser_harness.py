"""The harness itself can fail: what axe finds and what the policy refuses are heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast


def test_axe_finds_what_is_hard_to_read(open_page: Callable[..., Any], check_axe: Callable[[Any], None]) -> None:
    page = open_page("admin")
    page.goto("/")
    page.evaluate(
        "() => { const p = document.createElement('p'); p.textContent = 'pale';"
        " p.style.color = '#aaa'; p.style.background = '#fff'; document.querySelector('main').append(p); }"
    )
    with pytest.raises(AssertionError, match="color-contrast"):
        check_axe(page)


def test_the_policy_refuses_script_and_style_inside_a_page(open_page: Callable[..., Any]) -> None:
    page = open_page("admin")
    page.goto("/")
    refused = page.evaluate(
        "() => new Promise((done) => {"
        " document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));"
        " const added = document.createElement('p'); added.innerHTML = '<b style=\"color:red\">x</b>';"
        " document.body.append(added); })"
    )
    assert refused == "style-src-attr"
    page.harness_heard.clear()


def test_colours_follow_the_choice_before_anything_is_painted(open_page: Callable[..., Any], stage: Cast) -> None:
    """Chosen ones come from the server, whatever the device is set to; without a choice the device decides."""
    for theme, dark, shown in (("dark", False, "dark"), ("light", True, "light"), ("auto", True, "dark")):
        stage.admin.theme = theme
        stage.admin.save()
        page = open_page("admin", dark=dark)
        page.goto("/", wait_until="commit")
        page.wait_for_selector("main", state="attached")
        assert page.locator("html").get_attribute("data-bs-theme") == shown


def test_keys_help_walk_and_choose(open_page: Callable[..., Any]) -> None:
    page = open_page("admin")
    page.goto("/web/gallery")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator("tr.at").count() == 1
    assert page.locator("tr.at td").nth(1).inner_text() == "4100000001"
    page.keyboard.press("x")
    assert page.locator('tr.at input[name="chosen"]').is_checked()
    page.locator("#id_name").click()
    page.keyboard.press("j")
    assert page.locator("#id_name").input_value() == "j", "who writes is not walked away"
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/")


def test_the_menu_is_left_by_escape_and_language_and_colours_are_chosen_there(open_page: Callable[..., Any]) -> None:
    page = open_page("admin")
    page.goto("/web/gallery")
    page.locator("details.menu summary").click()
    page.keyboard.press("Escape")
    assert page.locator(".menu-panel").is_hidden()
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="中文").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert page.url.endswith("/web/gallery")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="深色").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_charts_are_drawn_and_told_as_tables(open_page: Callable[..., Any]) -> None:
    page = open_page("admin")
    page.goto("/web/gallery")
    page.wait_for_selector("[data-chart=line] canvas")
    page.locator("[data-chart=line] summary").click()
    assert page.locator("[data-chart=line] tbody tr").count() == 24
    assert page.locator("[data-chart=line] th").nth(1).inner_text() == "Today (kWh)"


def test_a_page_works_on_a_telephone(open_page: Callable[..., Any], check_axe: Callable[[Any], None]) -> None:
    page = open_page("admin")
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto("/web/gallery")
    assert page.locator(".sidebar").is_hidden()
    page.get_by_role("button", name="Menu").click()
    assert page.locator(".sidebar").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over the edge"
    check_axe(page)


def test_a_person_comes_in_by_the_door_and_sets_up_a_second_factor(
    open_page: Callable[..., Any], sign_in: Callable[[Any, str], None], check_axe: Callable[[Any], None], settings: Any
) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    settings.SECOND_FACTOR = "required"
    page = open_page()
    page.goto("/accounts/login/")
    check_axe(page)
    sign_in(page, "clerk")
    assert page.url.endswith("/accounts/2fa/totp/activate/")
    check_axe(page)
    secret = page.locator("code").inner_text()
    page.fill("[name=code]", format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/")
    check_axe(page)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/")
    assert page.get_by_role("heading", level=1).inner_text() == "Today"
