"""The pictures of the README, taken of the demo's console: `make screenshots`, after `make demo SERVE=0`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME, IMAGES, PORT = ROOT / "out" / "demo", ROOT / "docs" / "images", 8766


def main() -> None:
    os.environ.update(WATTLOOP_HOME=str(HOME), WATTLOOP_PLAIN_HTTP="1", DJANGO_SETTINGS_MODULE="wattloop.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS
    from wattloop.apps.billing.models import Bill, BillRun
    from wattloop.apps.customers.models import Customer
    from wattloop.bench.pages import served, session_of
    from wattloop.bench.pages_work import somebody

    run = BillRun.objects.order_by("-pk").first()
    if run is None:
        sys.exit("there is no demo to take pictures of: make demo SERVE=0")
    bill = Bill.objects.filter(tariff__startswith="industrial", state="issued").order_by("pk").first()
    customer = Customer.objects.filter(key_account=True).order_by("pk").first()
    assert bill is not None
    assert customer is not None
    wanted = [
        ("run", f"/billing/runs/{run.pk}", "light", "en"),
        ("tariff", "/tariffs/industrial-two-part-10kv/", "light", "en"),
        ("bill", f"/billing/bills/{bill.pk}", "light", "en"),
        ("customer", f"/customers/{customer.pk}/#load", "dark", "zh-hans"),
    ]
    user = somebody(None)
    with served(HOME, PORT, workers=1), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, path, scheme, language in wanted:
            user.language = language
            user.save(update_fields=["language"])
            context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
            here = f"http://127.0.0.1:{PORT}"
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": here}])
            page = context.new_page()
            page.goto(here + path)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(800)
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        user.language = ""
        user.save(update_fields=["language"])
        browser.close()


if __name__ == "__main__":
    main()
