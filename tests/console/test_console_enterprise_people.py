"""Users, roles, units and oneself in the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory
from django.urls import reverse
from tests.cast import PASSWORD, Cast

from wattloop.apps.enterprise.models import Assignment, Employee, Role, User
from wattloop.apps.records.models import AuditEntry

SignedIn = Callable[[str], Client]
PAGES = ("overview", "units", "users", "roles")


def post(client: Client, user: User, **data: object):
    return client.post(reverse("enterprise:user", args=[user.pk]), data, follow=True)


@pytest.mark.parametrize("page", PAGES)
def test_a_clerk_does_not_learn_that_the_pages_are_there(signed_in: SignedIn, page: str) -> None:
    assert signed_in("clerk").get(reverse(f"enterprise:{page}")).status_code == 404
    assert signed_in("admin").get(reverse(f"enterprise:{page}")).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "upload", "me"])
def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast, page: str) -> None:
    answer = Client().get(reverse(f"enterprise:{page}"))
    assert answer.status_code == 302
    assert "login" in answer.url


def test_an_auditor_sees_users_and_changes_nothing(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("auditor")
    page = client.get(reverse("enterprise:user", args=[cast.clerk.pk]))
    assert 'value="lock"' not in page.content.decode()
    assert post(client, cast.clerk, do="lock").status_code == 404
    cast.clerk.refresh_from_db()
    assert cast.clerk.is_active


def test_users_are_found_by_part_of_a_chinese_name(cast: Cast, signed_in: SignedIn) -> None:
    Employee.objects.filter(user=cast.clerk).update(name="欧阳雪")
    page = signed_in("admin").get(reverse("enterprise:users"), {"q": "阳雪"}).content.decode()
    assert "欧阳雪" in page
    assert "cashier" not in page.split("<tbody")[1]


def test_users_of_a_unit_include_those_below_it(cast: Cast, signed_in: SignedIn) -> None:
    Employee.objects.filter(user=cast.clerk).update(unit=cast.east_team)
    page = signed_in("admin").get(reverse("enterprise:users"), {"unit": cast.east.pk}).content.decode()
    assert reverse("enterprise:user", args=[cast.clerk.pk]) in page
    assert reverse("enterprise:user", args=[cast.users["clerk-west"].pk]) not in page


@pytest.mark.parametrize("page", ["users", "units", "roles"])
def test_a_page_costs_no_more_queries_with_a_hundred_users_more(
    cast: Cast, signed_in: SignedIn, page: str, django_assert_max_num_queries
) -> None:
    post_, role = Employee.objects.first().post, Role.objects.get(code="clerk")
    users = User.objects.bulk_create([User(username=f"more{number}") for number in range(100)])
    Employee.objects.bulk_create(
        [Employee(number=one.username, name="员工", unit=cast.east, post=post_, user=one) for one in users]
    )
    Assignment.objects.bulk_create([Assignment(user=one, role=role, unit=cast.east) for one in users])
    client = signed_in("admin")
    with django_assert_max_num_queries(16):
        assert client.get(reverse(f"enterprise:{page}")).status_code == 200


def test_a_unit_of_a_thousand_employees_costs_few_queries(
    cast: Cast, signed_in: SignedIn, django_assert_max_num_queries
) -> None:
    staff = Employee.objects.first().post
    Employee.objects.bulk_create(
        [Employee(number=f"m{number}", name="员工", unit=cast.east_team, post=staff) for number in range(1000)]
    )
    client = signed_in("admin")
    with django_assert_max_num_queries(14):
        page = client.get(reverse("enterprise:unit", args=["east-1"]))
    assert page.content.decode().count("员工") == 1000


def test_a_role_is_given_for_a_unit_and_holds_at_once(cast: Cast, signed_in: SignedIn) -> None:
    role = Role.objects.get(code="auditor")
    answer = post(signed_in("admin"), cast.clerk, do="give", role=role.pk, unit=cast.east.pk)
    assert answer.status_code == 200
    assert signed_in("clerk").get(reverse("enterprise:units")).status_code == 200
    entry = AuditEntry.objects.get(action="enterprise.user.change")
    assert (entry.actor, entry.object_name, entry.after) == ("admin", "clerk", {"gave": "auditor", "for": "east"})


def test_a_form_that_lacks_something_says_so_beside_the_field(cast: Cast, signed_in: SignedIn) -> None:
    page = post(signed_in("admin"), cast.clerk, do="give", role="", unit=cast.east.pk)
    assert "field-errors" in page.content.decode()
    assert not AuditEntry.objects.filter(action="enterprise.user.change").exists()


def test_a_role_of_the_folder_is_taken_away_in_the_folder(cast: Cast, signed_in: SignedIn) -> None:
    held = cast.clerk.assignments.get()
    page = post(signed_in("admin"), cast.clerk, do="take", held=held.pk)
    assert "Take it out of employees.yaml" in page.content.decode()
    assert cast.clerk.assignments.exists()
    Assignment.objects.filter(pk=held.pk).update(by_folder=False)
    post(signed_in("admin"), cast.clerk, do="take", held=held.pk)
    assert not cast.clerk.assignments.exists()


def test_a_role_of_somebody_else_is_not_taken_by_its_number(cast: Cast, signed_in: SignedIn) -> None:
    held = cast.cashier.assignments.get()
    assert post(signed_in("admin"), cast.clerk, do="take", held=held.pk).status_code == 404
    assert cast.cashier.assignments.exists()


def test_nobody_changes_themselves(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("admin")
    role = Role.objects.get(code="chief")
    page = post(client, cast.admin, do="give", role=role.pk, unit=cast.company.pk)
    assert "nobody gives themselves a role" in page.content.decode()
    assert "nobody locks themselves out" in post(client, cast.admin, do="lock").content.decode()


def test_locking_somebody_ends_what_they_have_open_also_after_they_are_let_in_again(
    cast: Cast, signed_in: SignedIn
) -> None:
    clerk, admin = signed_in("clerk"), signed_in("admin")
    assert clerk.get(reverse("enterprise:me")).status_code == 200
    post(admin, cast.clerk, do="lock")
    assert clerk.get(reverse("enterprise:me")).status_code == 302
    post(admin, cast.clerk, do="allow")
    assert clerk.get(reverse("enterprise:me")).status_code == 302


def test_the_last_who_may_load_is_not_locked(cast: Cast, signed_in: SignedIn) -> None:
    second = User.objects.create(username="second")
    Assignment.objects.create(user=second, role=Role.objects.get(code="admin"), unit=cast.company)
    client = Client()
    client.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
    post(client, cast.admin, do="lock")
    cast.admin.refresh_from_db()
    assert not cast.admin.is_active  # the second remains
    User.objects.filter(pk=cast.admin.pk).update(is_active=True)
    Assignment.objects.filter(user=second).update(unit=cast.east)
    assert post(client, cast.admin, do="lock").status_code == 404  # and may no longer for the company


def test_a_stations_administrator_cannot_take_over_a_chief(cast: Cast, signed_in: SignedIn) -> None:
    """A new password for somebody who may more than oneself would be a way to become them."""
    local = User.objects.create(username="local")
    Assignment.objects.create(user=local, role=Role.objects.get(code="admin"), unit=cast.east)
    Employee.objects.filter(user=cast.chief).update(unit=cast.east_team)
    client = Client()
    client.force_login(local, backend="django.contrib.auth.backends.ModelBackend")
    before = User.objects.get(pk=cast.chief.pk).password
    assert client.get(reverse("enterprise:user", args=[cast.chief.pk])).status_code == 200
    for do in ("password", "lock", "factor", "unlock"):
        assert post(client, cast.chief, do=do).status_code == 404
    assert post(client, cast.clerk, do="give", role=Role.objects.get(code="admin").pk, unit=cast.company.pk)
    assert not cast.clerk.assignments.filter(unit=cast.company).exists()
    assert User.objects.get(pk=cast.chief.pk).password == before


def test_a_stations_administrator_does_not_see_the_neighbours_users(cast: Cast) -> None:
    local = User.objects.create(username="local")
    Assignment.objects.create(user=local, role=Role.objects.get(code="admin"), unit=cast.east)
    client = Client()
    client.force_login(local, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("enterprise:user", args=[cast.users["clerk-west"].pk])).status_code == 404
    assert client.get(reverse("enterprise:unit", args=["west"])).status_code == 404
    assert "clerk-west" not in client.get(reverse("enterprise:users")).content.decode()


def test_a_new_password_is_shown_once_and_works(cast: Cast, signed_in: SignedIn, rf: RequestFactory) -> None:
    page = post(signed_in("admin"), cast.clerk, do="password")
    password = page.context["password"]
    assert password in page.content.decode()
    assert authenticate(rf.post("/"), username="clerk", password=password) == cast.clerk
    assert authenticate(rf.post("/"), username="clerk", password=PASSWORD) is None
    assert password not in str(list(AuditEntry.objects.values()))


def test_who_was_locked_out_for_wrong_passwords_may_try_again(
    cast: Cast, signed_in: SignedIn, rf: RequestFactory
) -> None:
    for _ in range(6):
        authenticate(rf.post("/"), username="clerk", password="wrong")
    assert authenticate(rf.post("/"), username="clerk", password=PASSWORD) is None
    page = signed_in("admin").get(reverse("enterprise:user", args=[cast.clerk.pk]))
    assert 'value="unlock"' in page.content.decode()
    post(signed_in("admin"), cast.clerk, do="unlock")
    assert authenticate(rf.post("/"), username="clerk", password=PASSWORD) == cast.clerk


def test_a_lost_second_factor_is_taken_away(cast: Cast, signed_in: SignedIn) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=cast.clerk, type="totp", data={"secret": "x"})
    assert 'value="factor"' in signed_in("admin").get(reverse("enterprise:user", args=[cast.clerk.pk])).content.decode()
    post(signed_in("admin"), cast.clerk, do="factor")
    assert not Authenticator.objects.filter(user=cast.clerk).exists()


def test_everybody_sees_what_they_may_do_themselves(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in("auditor").get(reverse("enterprise:me")).content.decode()
    assert "see tariffs" in page
    assert "load the enterprise folder" not in page


def test_what_somebody_chooses_holds(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("clerk")
    client.post(reverse("web:choose"), {"language": "zh-hans", "theme": "dark", "next": reverse("enterprise:me")})
    cast.clerk.refresh_from_db()
    assert (cast.clerk.language, cast.clerk.theme) == ("zh-hans", "dark")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_users_are_exported(cast: Cast, signed_in: SignedIn, kind: str) -> None:
    answer = signed_in("admin").get(reverse("enterprise:users"), {"export": kind})
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    if kind == "csv":
        assert "clerk-west" in content.decode("utf-8-sig")


def test_garbage_in_the_address_is_not_found(signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in("admin")
    for query in ("?old=1", "?old=x&new=y", "?old=999999999999&new=1", "?old=1&new=2", "?old=-1&new=²"):
        assert client.get(reverse("enterprise:compare") + query).status_code == 404
    assert client.get(reverse("enterprise:users"), {"role": "x", "page": "x"}).status_code == 200
    assert post(client, cast.clerk, do="take", held="x").status_code == 404
