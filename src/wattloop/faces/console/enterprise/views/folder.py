"""The folder of rules: what is loaded, how its versions differ, how a new one comes in."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from wattloop.apps.enterprise import gate, queries, services
from wattloop.apps.enterprise.models import FolderVersion, TariffOffer, Unit
from wattloop.faces.console.enterprise.forms import LoadForm, UploadForm
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

VERSIONS_SHOWN = 50


@needs("enterprise.unit.view")
def overview(request: HttpRequest) -> HttpResponse:
    """What is loaded, and what waits."""
    versions = list(FolderVersion.objects.defer("files", "rules")[:VERSIONS_SHOWN])
    context = {
        "told": queries.settings(),
        "versions": [
            {"version": one, "before": versions[at + 1] if at + 1 < len(versions) else None}
            for at, one in enumerate(versions)
        ],
        "waiting": TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED).count(),
        "in_force": TariffOffer.objects.filter(state=TariffOffer.State.IN_FORCE).count(),
        "units": Unit.objects.filter(active=True).count(),
        "may_load": gate.may(request.user, "enterprise.folder.load"),
    }
    return render(request, "console/enterprise/overview.html", context)


@needs("enterprise.unit.view")
def ready(request: HttpRequest) -> HttpResponse:
    """How ready what is loaded is: a fragment, because the whole folder is read for it."""
    version = queries.current()
    if version is None:
        return render(request, "console/enterprise/readiness.html", {"points": []})
    today = queries.today()
    path = queries.version_folder(version.number)
    points = _points(path, version.digest, today, translation.get_language())
    return render(request, "console/enterprise/readiness.html", {"points": [*queries.people_points(), *points]})


@lru_cache(maxsize=16)
def _points(path: Path, _digest: str, today: Any, _language: str) -> list[Any]:
    """The points of one content on one day, in one language."""
    from wattloop.apps.enterprise.folder.checking import check_folder
    from wattloop.apps.enterprise.folder.readiness import readiness

    return readiness(check_folder(path, today), today)


@needs("enterprise.unit.view")
def compare(request: HttpRequest) -> HttpResponse:
    """What differs between two versions."""
    asked = [request.GET.get(key, "") for key in ("old", "new")]
    numbers = [int(text) for text in asked if text.isdecimal() and len(text) < 9]
    if len(numbers) != 2:
        raise Http404
    old, new = (get_object_or_404(FolderVersion.objects.defer("files", "rules"), pk=number) for number in numbers)
    try:
        changes = _differences(queries.version_folder(old.number), queries.version_folder(new.number))
    except Refused as refused:
        messages.error(request, str(refused))
        changes = []
    return render(request, "console/enterprise/compare.html", {"old": old, "new": new, "files": _by_file(changes)})


def _differences(old: Path | None, new: Path) -> list[Any]:
    from wattloop.apps.enterprise.folder.differences import differences

    return differences(old, new, queries.today().year)


def _by_file(changes: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for change in changes:
        found.setdefault(change.file, []).append(change)
    return found


@needs("enterprise.unit.view")
def download(request: HttpRequest, number: int) -> HttpResponse:
    """A version's files as a ZIP, to be edited and sent again."""
    version = get_object_or_404(FolderVersion, pk=number)
    path, packed = queries.version_folder(number), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(version.files):
            made.write(path / name, f"enterprise/{name}")
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="enterprise-{number}.zip"'
    return response


@needs("enterprise.folder.load")
def upload(request: HttpRequest) -> HttpResponse:
    """Take a folder as a ZIP, to be looked at before it is loaded."""
    from wattloop.apps.enterprise.folder import staging

    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            token = staging.stage(form.cleaned_data["file"].file, by=request.user)
        except Refused as refused:
            form.add_error("file", f"{_sentence(refused.what)} {refused.mend}".strip())
        else:
            return redirect("enterprise:staged", token=token)
    status = 422 if form.errors else 200
    return render(request, "console/enterprise/upload.html", {"form": form}, status=status)


@needs("enterprise.folder.load")
def staged(request: HttpRequest, token: str) -> HttpResponse:
    """What is wrong with a folder that was sent, what it would change; and load it."""
    from wattloop.apps.enterprise.folder import staging

    try:
        path = staging.staged(token, by=request.user)
    except Refused as refused:
        messages.error(request, f"{_sentence(refused.what)} {refused.mend}")
        return redirect("enterprise:upload")
    form = LoadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            loaded = services.load_folder(path, by=request.user, note=form.cleaned_data["note"])
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            staging.forget(token, by=request.user)
            _tell(request, loaded)
            return redirect("enterprise:overview")
    return render(request, "console/enterprise/staged.html", {"form": form, **_looked_at(path)})


def _looked_at(path: Path) -> dict[str, Any]:
    """What the page says of a staged folder."""
    from wattloop.apps.enterprise.folder.checking import check_folder
    from wattloop.apps.enterprise.folder.readiness import readiness

    today, version = queries.today(), queries.current()
    folder = check_folder(path, today)
    old = queries.version_folder(version.number) if version is not None else None
    return {
        "errors": folder.errors,
        "warnings": [one for one in folder.problems if one.warning],
        "points": readiness(folder, today),
        "files": {} if folder.errors else _by_file(_differences(old, path)),
        "same": version is not None and version.digest == folder.digest,
        "version": version,
    }


def _tell(request: HttpRequest, loaded: services.Loaded) -> None:
    if loaded.changes is None:
        messages.info(request, _("Nothing changed: it is what was loaded already."))
        return
    messages.success(request, _("Version %(number)s is loaded.") % {"number": loaded.version.number})
    proposed = {*loaded.changes.made.get("tariff", ()), *loaded.changes.changed.get("tariff", ())}
    if proposed:
        messages.warning(request, _("Tariffs that somebody else has to decide: %(count)s.") % {"count": len(proposed)})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
