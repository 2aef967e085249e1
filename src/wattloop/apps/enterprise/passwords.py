"""Passwords that the program makes: random, told once, kept as hashes alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import User
from wattloop.apps.records.actors import Actor

# Without what is read for something else: 0 O, 1 l I.
SIGNS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS, GROUP = 4, 4


def make() -> str:
    """A password that can be read out: four groups of four signs, 93 bits."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(GROUP)) for _ in range(GROUPS))


def give_passwords(users: Iterable[User] | None = None, *, by: Actor) -> dict[str, str]:
    """Give users a new random password.

    Args:
        users: whose password is replaced; without it, all who may sign in and have none.
        by: who gives them.

    Returns:
        {user name: password}, to be told once: they are kept nowhere.

    Raises:
        NotAllowed: where they may not, for one of them.
    """
    from wattloop.apps.enterprise.services.people import keep_passwords

    gate.require(by, "enterprise.user.change")
    if users is None:
        users = User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX).order_by("username")
    told = {user: make() for user in users}
    # Hashing is slow on purpose: it is done before the transaction.
    keep_passwords({user: make_password(password) for user, password in told.items()}, by=by)
    return {user.username: password for user, password in told.items()}
