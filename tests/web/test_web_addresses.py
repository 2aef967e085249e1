"""Addresses that every browser asks for by itself."""

from __future__ import annotations

from django.test import Client


def test_a_browser_that_asks_for_an_icon_is_sent_to_ours() -> None:
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer.url) == (301, "/static/web/mark.svg")
