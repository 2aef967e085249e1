"""Who may open what: every address against everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests.cast import Cast
from tests.console.places import Place, named_addresses, places, prepare

from wattloop.apps.enterprise import gate

PLACES = places()
DOOR = "/accounts/login/"


@pytest.fixture
def made(cast: Cast, home: Any, settings: Any) -> dict[str, Any]:
    settings.GALLERY = True
    return prepare(cast)


def test_every_address_says_what_it_needs() -> None:
    """An address that no area names in tests/console/places_AREA.py is one that nobody thought about."""
    told = {place.name for place in PLACES}
    assert sorted(set(named_addresses()) - told) == []
    assert sorted(told - set(named_addresses())) == []


@pytest.mark.django_db
@pytest.mark.parametrize("place", [place for place in PLACES if not place.open], ids=str)
def test_whoever_has_not_signed_in_is_sent_to_sign_in(place: Place, made: dict[str, Any]) -> None:
    for method, needed in (("get", place.get), ("post", place.post)):
        if needed is None:
            continue
        answer = getattr(Client(), method)(place.url(made))
        assert answer.status_code == 302, f"{method} {answer.status_code}"
        assert answer["Location"].startswith(DOOR)


@pytest.mark.django_db
@pytest.mark.parametrize("place", [place for place in PLACES if not place.open], ids=str)
def test_it_opens_to_those_who_may_and_is_not_there_for_others(
    place: Place, made: dict[str, Any], cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    url = place.url(made)
    unit = getattr(cast, place.unit) if place.unit else None
    for name, user in cast.users.items():
        client = signed_in(name)
        for method, needed in (("get", place.get), ("post", place.post)):
            if needed is None:
                continue
            user.__dict__.pop("_grants", None)
            may = needed == "" or gate.may(user, needed, unit)
            with transaction.atomic():
                answer = getattr(client, method)(url, **({"data": place.data} if method == "post" else {}))
                transaction.set_rollback(True)
            if may and not place.shown:
                continue
            if may:
                assert answer.status_code < 500, f"{name} {method}"
                assert answer.status_code not in {403, 404, 405}, f"{name} may {needed}, and gets {answer.status_code}"
            else:
                assert answer.status_code == 404, f"{name} may not {needed}, and gets {answer.status_code}"


@pytest.mark.django_db
@pytest.mark.parametrize("place", [place for place in PLACES if (place.get is None) != (place.post is None)], ids=str)
def test_an_address_to_send_to_is_not_opened_by_a_link(
    place: Place, made: dict[str, Any], signed_in: Callable[[str], Client]
) -> None:
    """What changes something is never done by a GET; what is only looked at takes nothing."""
    if place.get is None:
        assert signed_in("chief").get(place.url(made)).status_code in {404, 405}
