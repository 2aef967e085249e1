"""A real browser before a live server: the machine's Chromium, the cast, and ears for what goes wrong.

A fault that a page prints on its console, an answer of 500 and whatever the content policy refused
fail the test in which they happen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD, Cast, make_cast

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Playwright keeps an event loop in this thread; the tests themselves ask the database from it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is of the browser, and says why where there is none."""
    here = Path(__file__).parent
    lacking = (
        "no Chromium on this machine: apt-get install chromium" if not CHROMIUM
        else "no assets: wattloop assets" if not AXE.is_file() else ""
    )  # fmt: skip
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if lacking:
                item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def stage(transactional_db: None, live_server: Any, home: Path, settings: Any) -> Cast:
    """The cast in the database that the live server reads."""
    settings.GALLERY = True
    return make_cast()


@pytest.fixture
def open_page(chromium: Any, stage: Cast, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`open_page("clerk")` is a page whose reader has signed in; of nobody without a name.

    Keywords: `dark`, `language`, and what Playwright's contexts take. `page.goto("/")` is enough.
    """
    contexts, heard = [], []

    def enter(role: str = "", *, dark: bool = False, language: str = "", **options: Any) -> Any:
        context = chromium.new_context(
            base_url=live_server.url, color_scheme="dark" if dark else "light",
            viewport={"width": 1360, "height": 860}, locale="en", **options,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(10_000)
        if role:
            user = stage.users[role]
            if language:
                user.language = language
                user.save(update_fields=["language"])
            context.add_cookies([{"name": "sessionid", "value": _session(user), "url": live_server.url}])
        page = context.new_page()
        page.harness_heard = heard  # a test that means a fault clears it
        page.on("console", lambda said: heard.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
        page.on(
            "response", lambda answer: heard.append(f"{answer.url}: {answer.status}") if answer.status >= 500 else None
        )
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not heard, "\n".join(heard)


@pytest.fixture
def sign_in() -> Callable[[Any, str], None]:
    """`sign_in(page, "clerk")` goes through the door, as a person does."""

    def enter(page: Any, name: str, password: str = PASSWORD) -> None:
        page.goto("/accounts/login/")
        page.fill("[name=login]", name)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_load_state()

    return enter


@pytest.fixture(scope="session")
def check_axe() -> Callable[[Any], None]:
    """`check_axe(page)` fails where axe finds a violation of WCAG 2.2 A or AA, and says where."""
    source = AXE.read_text(encoding="utf-8") if AXE.is_file() else ""

    def check(page: Any) -> None:
        # By the debugger, which the page's policy does not bind.
        page.evaluate(source)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        told = [f"{one['id']}: {one['help']}: {node['html'][:200]}\n    {node['failureSummary']}"
                for one in found for node in one["nodes"][:3]]  # fmt: skip
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


def _session(user: Any) -> str:
    """The key of a session in which somebody has just signed in."""
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies["sessionid"].value)
