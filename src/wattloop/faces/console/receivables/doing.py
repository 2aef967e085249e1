"""How a page does something: what a service refuses is said beside its field, or above, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.library.quantity.refusal import Refused

T = TypeVar("T")


def sentence(refused: Refused) -> str:
    """What is wrong and what to do, without the place where it is shown."""
    return ". ".join(part.rstrip(".") for part in (refused.what, refused.mend) if part) + "."


def attempt(form: forms.Form, do: Callable[[], T]) -> T | None:
    """Call a service; a refusal becomes the form's error. Whoever may not gets the page of what is not there."""
    try:
        return do()
    except NotAllowed:
        raise
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, sentence(refused))
        return None


@contextmanager
def told(request: HttpRequest, done: Any = "") -> Iterator[None]:
    """Say above the next page that something is done, or why it was refused."""
    try:
        yield
    except NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        if done:
            messages.success(request, done)


def wrong(request: HttpRequest, form: forms.Form) -> None:
    """Say above the next page what is wrong with a form of one line that is not shown again."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            messages.error(request, f"{label}: {error}" if label else str(error))
