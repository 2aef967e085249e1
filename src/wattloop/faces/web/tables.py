"""Tables that sort, page, select and export, and the columns they are made of."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wattloop.faces.web import showing

NUMBER_CELL = {"td": {"class": "num"}, "th": {"class": "num"}}


class Table(tables.Table):
    """What all tables share: how they look (`web/table.html`, which the settings name), and the row that keys walk.

    `row_link`, a function of the record, gives the address that Enter opens; else it is the row's first link.
    """

    row_link: Any = None

    def __init__(self, *args: Any, request: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("row_attrs", {"data-row": self._row})
        kwargs.setdefault("empty_text", _("Nothing here."))
        super().__init__(*args, **kwargs)
        # Told after, or the rows would be paged at once, with a count of them all.
        self.request = request

    def _row(self, record: Any) -> str:
        link = type(self).row_link
        return str(link(record)) if link else ""


class NumberColumn(tables.Column):
    """A number, aligned right, with thousands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER_CELL)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        """The number with thousands."""
        return showing.number(value)

    def value(self, value: Any) -> Any:
        """The bare number."""
        return value


class MoneyColumn(NumberColumn):
    """An amount in the smallest unit, shown in the currency's; exported as a decimal."""

    def __init__(self, *args: Any, currency: str = "CNY", **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def render(self, value: int) -> str:
        """The amount, without its currency: the column's name says it."""
        return showing.amount(value, self.currency)

    def value(self, value: int) -> Any:
        """The amount as a Decimal."""
        return showing.as_decimal(value, self.currency)


class EnergyColumn(NumberColumn):
    """Energy in Wh, shown in kWh."""

    def render(self, value: int) -> str:
        """The energy, without its unit."""
        return showing.kwh(value)

    def value(self, value: int) -> Any:
        """The energy in kWh as a Decimal."""
        return showing.as_kwh(value)


class DayColumn(tables.Column):
    """A day, as 2026-11-25."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "day"}})
        super().__init__(*args, **kwargs)

    def render(self, value: dt.date) -> str:
        """The day."""
        return showing.day(value)

    def value(self, value: dt.date) -> dt.date:
        """The day itself."""
        return value


class MomentColumn(tables.Column):
    """A moment in the enterprise's zone, to the minute."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "day"}})
        super().__init__(*args, **kwargs)

    def render(self, value: dt.datetime) -> str:
        """The moment."""
        return showing.moment(value)

    def value(self, value: dt.datetime) -> str:
        """As shown: a spreadsheet knows no zones."""
        return showing.moment(value)


class BadgeColumn(tables.Column):
    """A state as a badge. `tones` says which states are good, warn, bad, info or (others) quiet."""

    def __init__(self, *args: Any, tones: dict[str, str], **kwargs: Any) -> None:
        self.tones = tones
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        """The badge, in the words of the field's choices."""
        raw = bound_column.accessor.resolve(record, quiet=True)
        return showing.badge(self.tones.get(str(raw), "quiet"), value)

    def value(self, value: Any) -> str:
        """The words alone."""
        return str(value)


class SelectColumn(tables.Column):
    """A box that chooses the row for what is done in bulk."""

    empty_values = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            accessor="pk", orderable=False, exclude_from_export=True, verbose_name="",
            attrs={"th": {"class": "pick"}, "td": {"class": "pick"}}, **kwargs,
        )  # fmt: skip

    @property
    def header(self) -> SafeString:
        """A box for the whole page."""
        return format_html(
            '<input type="checkbox" class="form-check-input" data-select-page aria-label="{}">', _("Choose this page")
        )

    def render(self, value: Any, record: Any) -> SafeString:
        """The row's box."""
        return format_html(
            '<input type="checkbox" class="form-check-input" name="chosen" value="{}" aria-label="{}">',
            value, _("Choose %(row)s") % {"row": record},
        )  # fmt: skip
