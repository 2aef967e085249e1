"""The door: passwords, second factors, lockout, sessions that end, and what the audit keeps of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client
from tests.cast import PASSWORD, Cast

from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity import clock

LOGIN = "/accounts/login/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def enter(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": name, "password": password})


def entries(*actions: str) -> list[tuple[str, str, str]]:
    found = AuditEntry.objects.filter(action__in=[f"enterprise.user.{one}" for one in actions]).order_by("pk")
    return list(found.values_list("action", "actor", "note"))


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_a_name_and_its_password_let_in_and_the_audit_knows(cast: Cast) -> None:
    client = Client()
    answer = enter(client, "clerk")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302
    assert entries("sign-in", "sign-out") == [
        ("enterprise.user.sign-in", "clerk", "127.0.0.1"), ("enterprise.user.sign-out", "clerk", ""),
    ]  # fmt: skip


def test_a_wrong_password_is_told_without_telling_whether_the_name_is_known(cast: Cast) -> None:
    known, unknown = (enter(Client(), name, "wrong password").content.decode() for name in ("clerk", "nobody"))
    assert "not correct" in known
    assert known.split("<form")[1].replace("clerk", "")[-400:] == unknown.split("<form")[1].replace("nobody", "")[-400:]


def test_a_name_that_is_unknown_is_cut_short_in_the_audit(cast: Cast) -> None:
    """Somebody typed their password where the name goes."""
    enter(Client(), "my-secret-password")
    assert entries("sign-in-failed") == [("enterprise.user.sign-in-failed", "system:sign-in", "127.0.0.1 my-…")]


def test_the_fifth_wrong_password_locks_the_name_out_with_a_plain_page(cast: Cast) -> None:
    client = Client()
    codes = [enter(client, "clerk", f"wrong {n}").status_code for n in range(5)]
    assert codes == [200, 200, 200, 200, 429]
    answer = enter(client, "clerk")
    assert answer.status_code == 429, "even the right password waits"
    assert "Too many tries" in answer.content.decode()
    assert entries("lock-out")
    assert enter(client, "cashier").status_code == 302, "another name from there is let in"


def test_nobody_signs_up_by_themselves(cast: Cast) -> None:
    client = Client()
    sent = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    for answer in (client.get("/accounts/signup/"), client.post("/accounts/signup/", sent)):
        assert "No sign-up" in answer.content.decode()
    assert "signup" not in client.get(LOGIN).content.decode()


@pytest.mark.parametrize(
    "path", ["email/", "password/reset/", "password/set/", "confirm-email/", "login/code/confirm/"]
)
def test_doors_that_staff_do_not_need_are_not_there(path: str, cast: Cast) -> None:
    assert Client().get(f"/accounts/{path}").status_code == 404


def test_a_user_who_is_made_inactive_is_out_at_once(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("clerk")
    assert client.get("/").status_code == 200
    cast.clerk.is_active = False
    cast.clerk.save()
    assert client.get("/").status_code == 302
    again = Client()
    assert enter(again, "clerk")["Location"] == "/accounts/inactive/", "and is not let in again"
    assert "not active" in again.get("/accounts/inactive/").content.decode()
    assert again.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    elsewhere, here = signed_in("clerk"), Client()
    enter(here, "clerk")
    new = {"oldpassword": PASSWORD, "password1": "another long passphrase", "password2": "another long passphrase"}
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert entries("change-password")


class TestASecondFactor:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Any) -> None:
        settings.SECOND_FACTOR = "required"

    def test_whoever_has_none_is_sent_to_set_it_up_and_nowhere_else(self, cast: Cast) -> None:
        client = Client()
        enter(client, "clerk")
        for path in ("/", "/web/gallery", "/accounts/password/change/", "/accounts/2fa/recovery-codes/generate/"):
            answer = client.get(path)
            assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/"), path
        assert client.post("/web/choose", {"language": "zh-hans"}).status_code == 302
        assert client.get("/accounts/logout/").status_code == 200

    def test_htmx_is_sent_there_with_the_whole_page(self, cast: Cast) -> None:
        client = Client()
        enter(client, "clerk")
        answer = client.get("/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/2fa/totp/activate/")

    def test_it_is_set_up_by_a_code_and_asked_for_the_next_time(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        client = Client()
        enter(client, "clerk")
        page = client.get("/accounts/2fa/totp/activate/")
        assert page.status_code == 200, page.headers
        (secret,) = re.findall(r"<code>([A-Z2-7]+)</code>", page.content.decode())
        assert "data:image/svg+xml;base64," in page.content.decode()
        wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
        assert "Incorrect code" in wrong.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            right = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
        assert right["Location"] == "/accounts/2fa/recovery-codes/"
        assert client.get("/").status_code == 200
        assert "10 of 10 are unused" in client.get("/accounts/2fa/recovery-codes/").content.decode()
        assert [note for _action, _actor, note in entries("add-second-factor")] == ["totp", "recovery_codes"]

        again = Client()
        assert enter(again, "clerk")["Location"] == "/accounts/2fa/authenticate/"
        assert again.get("/").status_code == 302, "a password alone is not enough"
        cache.clear()  # a code is taken once
        assert again.post("/accounts/2fa/authenticate/", {"code": code(secret)})["Location"] == "/"
        assert again.get("/").status_code == 200

    def test_a_recovery_code_lets_in_once(self, cast: Cast) -> None:
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

        TOTP.activate(cast.clerk, generate_totp_secret())
        spare = RecoveryCodes.activate(cast.clerk).get_unused_codes()[0]
        for expected in (302, 200):
            client = Client()
            enter(client, "clerk")
            assert client.post("/accounts/2fa/authenticate/", {"code": spare}).status_code == expected

    def test_the_secret_is_not_readable_in_the_database_and_outlives_a_new_key(self, cast: Cast, settings: Any) -> None:
        secret = generate_totp_secret()
        TOTP.activate(cast.clerk, secret)
        kept = Authenticator.objects.get(user=cast.clerk).data["secret"]
        assert secret not in kept
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
        assert get_adapter().decrypt(kept) == secret

    def test_codes_are_not_guessed_without_end(self, cast: Cast) -> None:
        TOTP.activate(cast.clerk, generate_totp_secret())
        client = Client()
        enter(client, "clerk")
        answers = [client.post("/accounts/2fa/authenticate/", {"code": f"{n:06}"}) for n in range(22)]
        assert "Too many" in answers[-1].content.decode()


class TestASessionEnds:
    NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)

    def enter_at(self, moment: dt.datetime, signed_in: Callable[[str], Client]) -> Client:
        with clock.frozen(moment):
            return signed_in("clerk")

    def get(self, client: Client, minutes: float, path: str = "/", **headers: str) -> Any:
        with clock.frozen(self.NOON + dt.timedelta(minutes=minutes)):
            return client.get(path, headers=headers)

    def test_half_an_hour_after_the_last_thing_done(self, signed_in: Callable[[str], Client]) -> None:
        client = self.enter_at(self.NOON, signed_in)
        assert [self.get(client, at).status_code for at in (29, 58, 87)] == [200, 200, 200]
        answer = self.get(client, 118, "/web/gallery?a=1")
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/web/gallery%3Fa%3D1")
        assert entries("sign-out") == [("enterprise.user.sign-out", "clerk", "timeout")]

    def test_twelve_hours_after_signing_in_however_busy(self, signed_in: Callable[[str], Client]) -> None:
        client = self.enter_at(self.NOON, signed_in)
        answers = [self.get(client, at).status_code for at in range(0, 725, 25)]
        assert answers[:-1] == [200] * (len(answers) - 1)
        assert self.get(client, 721).status_code == 302

    def test_what_a_page_fetches_by_itself_keeps_nobody_in(self, signed_in: Callable[[str], Client]) -> None:
        client = self.enter_at(self.NOON, signed_in)
        for at in range(1, 30):
            assert self.get(client, at, **{"HX-Request": "true", "X-Unasked": "1"}).status_code == 200
        answer = self.get(client, 31, **{"HX-Request": "true", "X-Unasked": "1"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login/?next=/")

    def test_hardly_a_request_writes_the_session(
        self, signed_in: Callable[[str], Client], django_assert_num_queries: Any, settings: Any
    ) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = self.enter_at(self.NOON, signed_in)
        with CaptureQueriesContext(connection) as captured:
            for second in range(0, 50, 5):
                self.get(client, second / 60)
        assert not [one for one in captured.captured_queries if "UPDATE" in one["sql"]]
        self.get(client, 1.1)
        assert client.session["seen"] == int(self.NOON.timestamp()) + 66


def test_a_page_is_kept_by_no_cache_and_says_what_it_may_do(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    headers = signed_in("clerk").get("/").headers
    assert headers["Cache-Control"] == "private, no-store"
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(cast: Cast) -> None:
    client = Client()
    enter(client, "clerk")
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 12 * 3600


@pytest.mark.parametrize(("sent", "led"), [
    ({"language": "zh-hans", "next": "/web/gallery?x=1"}, "/web/gallery?x=1"),
    ({"theme": "dark", "next": "https://elsewhere.example/"}, "/"),
    ({"theme": "dark", "next": "//elsewhere.example/"}, "/"),
    ({"language": "xx", "theme": "pink"}, "/"),
])  # fmt: skip
def test_language_and_colours_are_chosen_and_one_comes_back(
    sent: dict[str, str], led: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("clerk")
    assert client.post("/web/choose", sent)["Location"] == led
    cast.clerk.refresh_from_db()
    assert cast.clerk.language == {"zh-hans": "zh-hans"}.get(sent.get("language", ""), "en")
    assert cast.clerk.theme == {"dark": "dark"}.get(sent.get("theme", ""), "auto")


def test_who_chose_no_language_reads_that_of_the_browser(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    cast.clerk.language = ""
    cast.clerk.save()
    client = signed_in("clerk")
    for asked, told in (("zh-CN,zh;q=0.9", "zh-hans"), ("de, en;q=0.5", "en"), ("", "en")):
        assert f'lang="{told}"' in client.get("/", headers={"Accept-Language": asked}).content.decode()


def test_a_refusal_is_a_page_not_found_and_leaves_an_entry(cast: Cast, rf: Any) -> None:
    from django.contrib.auth.models import AnonymousUser
    from django.http import Http404

    from wattloop.faces.web.gatekeeping import needs
    from wattloop.faces.web.middleware import Refusals

    view = needs("billing.run.approve")(lambda _request: None)
    request = rf.get("/billing/runs/7?x=1")
    request.user = AnonymousUser()
    assert view(request).status_code == 302
    request.user = cast.clerk
    with pytest.raises(Exception, match=r"may not do billing\.run\.approve") as refused:
        view(request)
    with pytest.raises(Http404):
        Refusals(lambda _request: None).process_exception(request, refused.value)
    entry = AuditEntry.objects.get(action="enterprise.gate.refuse")
    assert (entry.actor, entry.note) == ("clerk", "GET /billing/runs/7: clerk may not do billing.run.approve")
