"""Every page in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast
from tests.console.places import Place, pages, prepare

from wattloop.apps.enterprise import gate


@pytest.mark.django_db
@pytest.mark.parametrize("place", pages(), ids=str)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_speaks_its_readers_language(
    place: Place, language: str, cast: Cast, home: Any, settings: Any, signed_in: Callable[[str], Client]
) -> None:
    settings.GALLERY = True
    made = prepare(cast)
    name = next(name for name, user in cast.users.items() if not place.get or gate.may(user, place.get))
    cast.users[name].language = language
    cast.users[name].save()
    answer = signed_in(name).get(place.url(made))
    assert answer.headers["Content-Language"] == language
    text = answer.content.decode()
    assert f'<html lang="{language}"' in text
    title = re.search(r"<title>\s*(.+?) · Wattloop</title>", text, re.S)
    assert title, "a page has a title"
    assert len(re.findall(r"<h1>\s*\S", text)) == 1, "a page has one heading"
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", text), "the policy forbids script and style in a page"
