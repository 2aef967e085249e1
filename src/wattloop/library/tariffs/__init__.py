"""Tariffs as documents: what designers write, checked so that it teaches, compiled so that it can be rated.

`load` reads a YAML document and `from_urdb` a record of the Utility Rate Database; both
give a `Tariff` or refuse, naming everything that cannot be priced.
"""

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.difference import Change, Difference, difference
from wattloop.library.tariffs.loading import at_any_time, check, check_text, from_plain, load, load_versions
from wattloop.library.tariffs.problems import Problem, TariffRefused
from wattloop.library.tariffs.urdb import from_urdb, urdb_document
from wattloop.library.tariffs.variants import Terms, variant
from wattloop.library.tariffs.versions import versions

__all__ = [
    "Change",
    "Difference",
    "Problem",
    "Tariff",
    "TariffRefused",
    "Terms",
    "at_any_time",
    "check",
    "check_text",
    "difference",
    "from_plain",
    "from_urdb",
    "load",
    "load_versions",
    "urdb_document",
    "variant",
    "versions",
]
