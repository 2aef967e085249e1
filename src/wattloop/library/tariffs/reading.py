"""Turns plain values into a `Document`, and every complaint on the way into words with a place.

Where one section is broken the others are still read, so that a designer mends a file
in one round.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wattloop.library.tariffs.document import ALWAYS_VALID, DemandPart, Document
from wattloop.library.tariffs.document_basic import BasicPart
from wattloop.library.tariffs.document_calendar import Part
from wattloop.library.tariffs.placed import PlacedError
from wattloop.library.tariffs.problems import Findings, Path, dotted, nearest

_MISSING = {
    "id": "Give it a short id, industrial-10kv.",
    "name": "Give its name, as a text or one per language: {zh: …, en: …}.",
    "valid_from": f"Write the first day it is in force, 2026-01-01, or `{ALWAYS_VALID}`.",
    "currency": "Write its three letters, CNY.",
    "energy": "Write `energy: {price: 0.62}`, `prices` by period, or `components`.",
    "pooling": "Name how periods fill the tiers together: pro-rata, in-time-order, ladder-per-period or "
    "after-time-of-use; the bills differ.",
    "over": "Write the span after which the tiers start again: month, season or year.",
    "steps": "List the tiers: [{up-to: 200 kWh}, {add: 0.05}].",
    "when": "Write the days it applies to, or `always`.",
    "price": "Write the price, 0.62 or 38 CNY/kW.",
    "included": "Say whether the prices already contain it: included: true, or false.",
}
_STAND_INS: dict[str, Any] = {
    "id": "unnamed",
    "name": "unnamed",
    "valid_from": ALWAYS_VALID,
    "currency": "XXX",
    "energy": {"price": 0},
}


def read_document(plain: Any, findings: Findings) -> tuple[Document | None, frozenset[str]]:
    """Read a document; problems go to `findings`.

    Returns:
        The document and the names of the sections that had to be left out of it because
        they are broken; None where too little is left to look further.
    """
    if not isinstance(plain, Mapping):
        if plain is not None:
            findings.error((), "The document is not a mapping of keys.", "Start with `id: …` on a line of its own.")
        return None, frozenset()
    plain = _with_whole_name(plain)
    broken = _note_empty(plain, (), findings)
    cleaned = {key: value for key, value in plain.items() if key not in broken}
    gaps = {key: value for key, value in _STAND_INS.items() if key in broken}
    try:
        document = Document.model_validate({**gaps, **cleaned})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            broken |= _note(detail, cleaned, findings)
        rest = {key: value for key, value in cleaned.items() if key not in broken}
        try:
            document = Document.model_validate({**_STAND_INS, **rest})
        except ValidationError:
            return None, frozenset(broken)
    document._plain, document._file = dict(plain), findings.file
    return document, frozenset(broken)


def read_part(model: type[Part], plain: Any, findings: Findings) -> Part | None:
    """Read a file of another form than a tariff's; None where it is broken, which is noted in `findings`."""
    if not isinstance(plain, Mapping):
        findings.error((), "The file is not a mapping of keys.", f"It has {', '.join(keys_of(model))}.")
        return None
    if _note_empty(plain, (), findings):
        return None
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(detail, plain, findings, model)
        return None


def _with_whole_name(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with the commas of its name: of `{en: Works, 10 kV}` YAML takes `10 kV` for a key without value."""
    name = plain.get("name")
    if not isinstance(name, Mapping) or None not in name.values():
        return plain
    whole: dict[str, Any] = {}
    for key, value in name.items():
        if value is None and whole and " " in str(key):
            language = next(reversed(whole))
            whole[language] = f"{whole[language]}, {key}"
        else:
            whole[key] = value
    return {**plain, "name": whole}


def _note_empty(plain: Any, path: Path, findings: Findings) -> set[str]:
    """Note every key without a value, which would else be taken for a key that is not there."""
    if isinstance(plain, Mapping):
        items = list(plain.items())
    elif isinstance(plain, list):
        items = list(enumerate(plain))
    else:
        if plain is not None:
            return set()
        name = path[-1] if path else ""
        if isinstance(name, str) and re.fullmatch(r"\d{3}([.,]\d+)?", name):
            mend = "Write numbers with a decimal point and without thousands marks, 1000.5."
        elif isinstance(name, str) and "：" in name:
            mend = "The colon `：` is full width: write `:` and a space."
        elif isinstance(name, str) and " " in name:
            mend = 'Inside { } a comma ends a text: put quotes around one that has a comma, en: "Homes, yearly".'
        else:
            mend = "Give it a value, or remove it."
        if not any(problem.field == dotted(path) for problem in findings.problems):  # an alias, told already
            findings.error(path, f"`{name}` has no value.", mend)
        return {str(path[0])} if path else set()
    return set().union(*(_note_empty(value, (*path, key), findings) for key, value in items))


def _note(detail: ErrorDetails, plain: Any, findings: Findings, whole: type[Part] = Document) -> set[str]:
    path, model = _locate(detail["loc"], plain, whole)
    sort, context = detail["type"], detail.get("ctx", {})
    if sort == "value_error":
        error = context.get("error")
        places = error.places if isinstance(error, PlacedError) else [((), str(error))]
        for inner, said in places:
            findings.error((*path, *inner), *_sentences(said))
    elif sort == "missing":
        findings.error(path, f"`{path[-1]}` is missing.", _MISSING.get(str(path[-1]), ""))
    elif sort == "extra_forbidden":
        findings.error(path, f"`{path[-1]}` is not a key that belongs here.", nearest(str(path[-1]), keys_of(model)))
    elif sort == "literal_error":
        findings.error(path, f"`{detail['input']}` is not one of the choices.", f"Write {context.get('expected', '')}.")
    elif sort == "string_pattern_mismatch":
        findings.error(path, f"`{detail['input']}` is not a currency.", "Write its three capital letters, CNY.")
    else:
        findings.error(path, *_sentences(_WORDS.get(sort, detail["msg"])))
    return {str(path[0])} if path else set()


_WORDS = {
    "model_type": "this needs keys of its own: write {key: value, …}",
    "model_attributes_type": "this needs keys of its own: write {key: value, …}",
    "dict_type": "this needs keys of its own: write {key: value, …}",
    "list_type": "this needs a list: put a `-` before each entry",
    "too_short": "the list is empty: write at least one entry, or leave the key out",
    "bool_parsing": "this is neither yes nor no: write true or false",
    "bool_type": "this is neither yes nor no: write true or false",
    "string_type": "a text is needed here",
}


def _sentences(said: str) -> tuple[str, str]:
    """Split "what is wrong: what to do" into two sentences."""
    position, quoted = -1, False
    for index, sign in enumerate(said):
        if sign == "`":
            quoted = not quoted
        elif sign == ":" and not quoted and said[index + 1 : index + 2] == " ":
            position = index
            break
    what, mend = (said, "") if position < 0 else (said[:position], said[position + 2 :])
    return _sentence(what), _sentence(mend)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "")[:3]) else ".") if text else ""


_FORMS: dict[int | str, type[Part]] = {"charges": DemandPart, "basic": BasicPart}
"""The forms that `demand` can have, as the document's model calls them."""


def _locate(loc: tuple[int | str, ...], plain: Any, model: type[Part]) -> tuple[Path, type[Part]]:
    """The path in the document and the model there; pydantic's own names of choices are left out."""
    path: list[int | str] = []
    at = plain
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        known = (isinstance(at, Mapping) and part in at) or (isinstance(at, list) and isinstance(part, int))
        if known:
            at = at[part] if not isinstance(at, list) or part < len(at) else None  # type: ignore[operator]
        elif part in _FORMS:
            model = _FORMS[part]
            continue
        elif not (last and isinstance(at, Mapping) and part not in {"ladder", "by-period", "[key]"}):
            continue
        path.append(part)
        if not (last and not known) and isinstance(part, str):
            model = next(iter(_models_under(model, part)), model)
    return tuple(path), model


def _models_under(model: type[Part], key: str) -> Iterator[type[Part]]:
    for name, field in model.model_fields.items():
        if key in {name, field.alias}:
            yield from _models_in(field.annotation)


def _models_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def keys_of(model: type[Part]) -> list[str]:
    """The keys a part of a document may have, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]
