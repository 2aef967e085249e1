"""The one way a page lists things: filtered, sorted, paged, chosen in bulk, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_tables2
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_filters import FilterSet

from wattloop.faces.web import export
from wattloop.faces.web.paging import SIZES, CappedPaginator


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button over chosen rows, posted as `do`.

    `tone` is "", "primary" or "danger"; `confirm` a question asked first.
    """

    name: str
    label: Any
    tone: str = ""
    confirm: Any = ""


def listing(
    request: HttpRequest,
    rows: QuerySet[Any],
    table: type[django_tables2.Table],
    *,
    title: Any,
    filters: type[FilterSet] | None = None,
    actions: Sequence[BulkAction] = (),
    template: str = "web/list.html",
    name: str = "",
    **context: Any,
) -> HttpResponse | StreamingHttpResponse:
    """Answer with a list.

    Args:
        request: whose GET filters (`filters`), sorts (`sort`), pages (`page`, `size`) or exports
            (`export=csv|xlsx`, all matching rows). htmx asking for `#list` gets that part alone.
        rows: what the user may see; `select_related` what the columns need.
        table: its `Meta.template_name` is ours where it inherits `web.tables.Table`.
        title: heading and title of the page.
        filters: a FilterSet over the rows; one that is wrongly filled in shows nothing but its errors.
        actions: buttons over chosen rows; the table has a `SelectColumn`, the view takes the POST (`chosen`).
        template: a page that extends `web/list.html`.
        name: of exported files, without ending; without it there is no export.
        **context: for the template; `crumbs` is a list of (label, address), `note_asked` asks for a note in bulk.
    """
    asked = filters(request.GET, queryset=rows, request=request) if filters else None
    found = rows if asked is None else asked.qs if asked.is_valid() else rows.none()
    shown = table(found, request=request)
    django_tables2.RequestConfig(request, paginate=False).configure(shown)
    kind = request.GET.get("export")
    if name and kind in export.KINDS:
        return export.answer(kind, name, shown)
    size = request.GET.get("size", "")
    shown.paginate(
        page=1, per_page=int(size) if size.isdigit() and int(size) in SIZES else 50, paginator_class=_near(request)
    )  # fmt: skip
    page = shown.page
    context |= {
        "table": shown, "page": page, "title": title, "filters": asked, "actions": actions, "export": bool(name),
        "page_numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
        "gap": CappedPaginator.ELLIPSIS,
        "filtered": asked is not None and any(asked.form.data.get(key) for key in asked.filters),
    }  # fmt: skip
    part = getattr(request, "htmx", None) and request.htmx.target == "list" and not request.htmx.history_restore_request
    response = render(request, "web/parts/list.html" if part else template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _near(request: HttpRequest) -> type[CappedPaginator]:
    """A paginator whose first page is the one that was asked for, or the nearest there is."""

    class Near(CappedPaginator):
        def page(self, number: Any) -> Any:
            wanted = request.GET.get("page", "1")
            nearest = min(max(int(wanted), 1), self.num_pages) if wanted.isdigit() and len(wanted) < 9 else 1
            return super().page(nearest)

    return Near


def chosen(request: HttpRequest, rows: QuerySet[Model], filters: type[FilterSet] | None = None) -> QuerySet[Model]:
    """The rows that a POST from a list is about: those ticked, or with `all` every one that matches its filters.

    Rows the user may not see are not in `rows`, so they cannot be chosen.
    """
    if request.POST.get("all"):
        asked = filters(request.GET, queryset=rows, request=request) if filters else None
        return rows if asked is None else asked.qs if asked.is_valid() else rows.none()
    keys = [key for key in request.POST.getlist("chosen") if key.isdigit() or "-" in key][:1000]
    return rows.filter(pk__in=keys)
