"""Users: their roles, their passwords and second factors, whether they may sign in."""

from __future__ import annotations

from django.contrib.sessions.models import Session

from wattloop.apps.enterprise import gate, keyholders, queries
from wattloop.apps.enterprise.models import Assignment, Role, Unit, User
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

CHANGE = "enterprise.user.change"


@service
def give_role(user: User, role: Role, unit: Unit, *, by: Actor) -> Assignment:
    """Let a user have a role for a unit and all below it.

    Raises:
        Refused: for oneself, for what is inactive, or where they have it.
        NotAllowed: where they may not for that unit or that user.
    """
    _require(by, user)
    gate.require(by, CHANGE, unit)
    if user.actor == by.actor:
        raise Refused("nobody gives themselves a role", "Ask another administrator.")
    if not (role.active and unit.active and user.is_active):
        raise Refused("the user, the role or the unit is not active", "Choose an active one.")
    made: Assignment
    made, new = Assignment.objects.get_or_create(user=user, role=role, unit=unit)
    if not new:
        raise Refused(f"{user} has that role there", "Nothing is to be done.")
    audit("enterprise.user.change", user, by=by, after={"gave": role.code, "for": unit.code}, unit_path=unit.path)
    return made


@service
def take_role(assignment: Assignment, *, by: Actor) -> None:
    """Take a role from a user.

    Raises:
        Refused: where the folder gives it, or nobody could load the folder or decide tariffs any more.
        NotAllowed: where they may not for that unit or that user.
    """
    user, unit = assignment.user, assignment.unit
    _require(by, user)
    gate.require(by, CHANGE, unit)
    if assignment.by_folder:
        raise Refused("the enterprise folder gives this role", "Take it out of employees.yaml and load the folder.")
    told = {"took": assignment.role.code, "for": unit.code}
    assignment.delete()
    keyholders.require_somebody()
    audit("enterprise.user.change", user, by=by, after=told, unit_path=unit.path)


@service
def set_active(user: User, active: bool, *, by: Actor) -> None:
    """Let somebody sign in, or no longer: what they have open ends at once.

    Raises:
        Refused: for oneself, or where nobody could load the folder or decide tariffs any more.
    """
    _require(by, user)
    if user.actor == by.actor:
        raise Refused("nobody locks themselves out", "Ask another administrator.")
    before, after = changed(user, is_active=active)
    if not active:
        keyholders.require_somebody()
        after = {**after, "sessions ended": _end_sessions(user)}
    audit("enterprise.user.change", user, by=by, before=before, after=after, unit_path=_path(user))


@service
def reset_second_factor(user: User, *, by: Actor) -> int:
    """Take away somebody's second factors, as when a phone was lost; they set up a new one when they sign in.

    Returns:
        How many there were.
    """
    from allauth.mfa.models import Authenticator

    _require(by, user)
    count, _ = Authenticator.objects.filter(user=user).delete()
    _end_sessions(user)
    told = {"second factors": count}
    audit("enterprise.user.change", user, by=by, before=told, after={"second factors": 0}, unit_path=_path(user))
    return int(count)


@service
def unlock(user: User, *, by: Actor) -> int:
    """Let somebody try again who was locked out for wrong passwords.

    Returns:
        How many wrong tries are forgotten.
    """
    from axes.utils import reset

    _require(by, user)
    count = reset(username=user.username)
    audit("enterprise.user.change", user, by=by, after={"wrong tries forgotten": count}, unit_path=_path(user))
    return int(count or 0)


@service
def keep_passwords(hashes: dict[User, str], *, by: Actor) -> None:
    """Keep new passwords, as hashes; what is open under an old one ends.

    Raises:
        NotAllowed: where they may not, for one of them.
    """
    gate.require(by, CHANGE)
    for user, hashed in hashes.items():
        _require(by, user)
        user.password = hashed
    User.objects.bulk_update(hashes, ["password"], batch_size=500)
    _end_sessions(*hashes)
    names = [user.username for user in hashes]
    path = queries.company().path
    audit("enterprise.user.change", by=by, after={"new passwords": names[:50], "count": len(names)}, unit_path=path)


def _require(by: Actor, user: User) -> None:
    """Whoever changes a user must be allowed to for the user's own unit and for all where the user has a role.

    Else the clerk of a station could become a chief by giving the chief a new password.
    """
    gate.require(by, CHANGE)
    employee = getattr(user, "employee", None)
    for unit in [*([employee.unit] if employee is not None else []), *Unit.objects.filter(assignments__user=user)]:
        gate.require(by, CHANGE, unit)


def _path(user: User) -> str:
    employee = getattr(user, "employee", None)
    return str(employee.unit.path if employee is not None else queries.company().path)


def _end_sessions(*users: User) -> int:
    """End whatever they have open."""
    keys, ended = {str(user.pk) for user in users}, 0
    for session in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        if session.get_decoded().get("_auth_user_id") in keys:
            session.delete()
            ended += 1
    return ended
