"""The harness itself can fail: what axe finds and what the policy refuses are heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


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
