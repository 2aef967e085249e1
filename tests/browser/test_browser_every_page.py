"""Every page in a real browser: nothing on its console, nothing that axe finds, light and dark, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast
from tests.console.places import Place, areas, pages, prepare
from wattloop.apps.enterprise import gate

AREAS = [area.__name__.rpartition("places_")[2] for area in areas()]


@pytest.mark.parametrize("area", AREAS)
def test_pages_can_be_used_by_everybody(
    area: str, stage: Cast, open_page: Callable[..., Any], check_axe: Callable[[Any], None]
) -> None:
    made = prepare(stage)
    held = next(one for one in areas() if one.__name__.endswith(f"places_{area}"))
    wrong: list[str] = []
    opened: dict[tuple[str, bool], Any] = {}
    for place in [one for one in pages() if one in held.PLACES]:
        role = next(name for name, user in stage.users.items() if not place.get or gate.may(user, place.get))
        for dark, language in ((False, "zh-hans"), (True, "en")):
            stage.users[role].language = language
            stage.users[role].save(update_fields=["language"])
            if (role, dark) not in opened:
                opened[role, dark] = open_page(role, dark=dark)
            wrong += _looked_at(opened[role, dark], place.url(made), check_axe, dark=dark)
    assert not wrong, "\n\n".join(wrong)


def _looked_at(page: Any, url: str, check_axe: Callable[[Any], None], *, dark: bool) -> list[str]:
    """What is wrong with a page."""
    answer = page.goto(url)
    if answer.status != 200:
        return [f"{url}: {answer.status}"]
    page.wait_for_load_state("networkidle")
    try:
        assert page.locator("html").get_attribute("data-bs-theme") == ("dark" if dark else "light")
        check_axe(page)
    except AssertionError as error:
        return [f"{'dark' if dark else 'light'} {error}"]
    return []


def test_there_is_no_area_without_pages() -> None:
    named: set[Place] = set(pages())
    assert all(named & set(area.PLACES) for area in areas())
