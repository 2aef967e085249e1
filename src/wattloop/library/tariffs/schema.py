"""The JSON Schema of the tariff document, so that an editor completes keys and marks slips while one types.

The committed file `tariff.schema.json` beside this module is what editors read; a test
holds it equal to what is made here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wattloop.library.tariffs.document import Document

FILE = Path(__file__).with_name("tariff.schema.json")


def schema() -> dict[str, Any]:
    """The schema as plain values, made from the models of the document."""
    made = Document.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wattloop tariff document",
        **{key: value for key, value in made.items() if key != "title"},
    }


def schema_text() -> str:
    """The schema as it is written to a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
