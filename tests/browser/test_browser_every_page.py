"""Every page in a real browser: nothing on its console, nothing that axe finds, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast
from tests.console.places import Place, pages, prepare
from wattloop.apps.enterprise import gate


@pytest.mark.parametrize("place", pages(), ids=str)
def test_a_page_can_be_used_by_everybody(
    place: Place, stage: Cast, open_page: Callable[..., Any], check_axe: Callable[[Any], None]
) -> None:
    made = prepare(stage)
    role = next(name for name, user in stage.users.items() if not place.get or gate.may(user, place.get))
    for dark in (False, True):
        page = open_page(role, dark=dark, language="en" if dark else "zh-hans")
        answer = page.goto(place.url(made))
        assert answer.status == 200
        page.wait_for_load_state("networkidle")
        assert page.locator("html").get_attribute("data-bs-theme") == ("dark" if dark else "light")
        check_axe(page)
