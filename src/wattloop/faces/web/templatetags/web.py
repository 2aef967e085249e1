"""What templates of every face use: filters for amounts and moments, and tags for the parts of a page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.forms import BoundField, CheckboxInput
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from wattloop.apps.enterprise import gate, wording
from wattloop.faces.web import icons, showing

register = template.Library()


@register.filter
def money(minor: int | None, currency: str = "CNY") -> str:
    """`{{ 12345|money:"CNY" }}` → ¥123.45."""
    return showing.money(minor, currency)


@register.filter
def amount(minor: int | None, currency: str = "CNY") -> str:
    """`{{ 12345|amount }}` → 123.45, for columns whose head names the currency."""
    return showing.amount(minor, currency)


@register.filter
def energy(wh: int | None) -> str:
    """`{{ 12345678|energy }}` → 12.3 MWh."""
    return showing.energy(wh)


@register.filter
def kwh(wh: int | None, digits: int = 0) -> str:
    """`{{ 12345678|kwh:1 }}` → 12,345.7, without the unit."""
    return showing.kwh(wh, digits)


@register.filter
def number(value: Any, digits: int | None = None) -> str:
    """`{{ 12345|number }}` → 12,345."""
    return showing.number(value, digits)


@register.filter
def day(value: dt.date | None) -> str:
    """`{{ bill.due_on|day }}` → 2026-11-25."""
    return showing.day(value)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """`{{ job.made_at|moment }}` → 2026-11-25 18:04, in the enterprise's zone."""
    return showing.moment(value)


@register.filter
def span(seconds: float | dt.timedelta | None) -> str:
    """`{{ 200|span }}` → 3 min 20 s."""
    return showing.span(seconds.total_seconds() if isinstance(seconds, dt.timedelta) else seconds)


@register.filter
def share(part: Any, whole: Any) -> str:
    """`{{ done|share:total }}` → 12.5 %."""
    return showing.share(part, whole)


@register.filter
def named(thing: Any) -> str:
    """`{{ unit|named }}`: its name in the reader's language; for a rule's `{zh: …, en: …}` too."""
    return wording.in_words(thing) if isinstance(thing, (dict, str)) else wording.named(thing)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "search" %}`: decoration; with a label, an image that has a name."""
    told = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}><path d="{}"/></svg>', told, icons.PATHS[name])


@register.simple_tag
def badge(tone: str, label: Any) -> SafeString:
    """`{% badge "good" _("issued") %}`: good, warn, bad, info or quiet."""
    return showing.badge(tone, label)


@register.simple_tag
def crumb(label: str, url: str = "") -> SafeString:
    """`{% crumb _("Bill runs") url %}` inside block `crumbs`; the last without an address."""
    if url:
        return format_html('<li class="breadcrumb-item"><a href="{}">{}</a></li>', url, label)
    return format_html('<li class="breadcrumb-item active" aria-current="page">{}</li>', label)


@register.inclusion_tag("web/parts/progress.html")
def progress(done: int, total: int, label: str) -> dict[str, Any]:
    """`{% progress job.done job.total _("Rating") %}`: a bar with its figures; of unknown length where total is 0."""
    share = min(100, int(Decimal(done) * 100 / total)) if total else None
    return {"done": done, "total": total, "label": label, "share": share}


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """`{% field form.name %}`: label, input, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    ticked = isinstance(widget, CheckboxInput)
    kind = getattr(widget, "input_type", "")
    style = "form-check-input" if ticked else "form-select" if kind == "select" else "form-control"
    if kind == "radio" or hasattr(widget, "subwidgets_class"):
        style = "form-check-input"
    attrs = {"class": f"{widget.attrs.get('class', '')} {style}{' is-invalid' if bound.errors else ''}".strip()}
    told = [f"{bound.auto_id}_help"] * bool(bound.help_text) + [f"{bound.auto_id}_errors"] * bool(bound.errors)
    if told:
        attrs["aria-describedby"] = " ".join(told)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {"field": bound, "input": bound.as_widget(attrs=attrs), "ticked": ticked}


@register.inclusion_tag("web/parts/form.html")
def form_fields(form: Any) -> dict[str, Any]:
    """`{% form_fields form %}`: what is wrong as a whole, then every field."""
    return {"form": form}


@register.inclusion_tag("web/parts/chart.html")
def chart(name: str, label: str, data: Any = None, url: str = "", height: str = "md") -> dict[str, Any]:
    """`{% chart "load" _("Load by hour") data %}`, or with `url=` for data fetched after the page.

    Args:
        name: an id on the page.
        label: what it shows, for those who do not see it.
        data: `{"type": "line", "x": [...], "series": [{"name": …, "data": […]}], "unit": "kWh"}`;
            `type` line, bar, stacked, area, or "option" with ECharts' own `option`.
        url: an address that answers with such data as JSON.
        height: sm, md or lg.
    """
    return {"id": f"chart-{name}", "name": name, "label": label, "data": data, "url": url, "height": height}


@register.simple_tag(takes_context=True)
def keeping(context: Any, **new: Any) -> str:
    """`?{% keeping page=2 %}`: the address's own questions with some set anew, or left out (None)."""
    asked = context["request"].GET.copy()
    for name, value in new.items():
        if value is None:
            asked.pop(name, None)
        else:
            asked[name] = value
    return str(asked.urlencode())


@register.inclusion_tag("web/parts/history.html", takes_context=True)
def history(context: Any, thing: Model) -> dict[str, Any]:
    """`{% history run %}`: a card of what was done to an object, for those who may read the audit."""
    told: dict[str, Any] = {"url": ""}
    if gate.may(context["user"], "records.audit.view"):
        told["url"] = reverse("records:history", args=[thing._meta.label, thing.pk])
    return told
