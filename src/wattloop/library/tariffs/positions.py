"""Reads YAML into plain values and remembers on which line every one of them stands.

YAML guesses types, and some guesses cost money: 22:30 becomes 1350, `no` becomes
false, 0.1 becomes a binary fraction. So nothing is guessed here but exact decimal
numbers, `true`, `false` and nothing; everything else stays the text that was written.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import yaml

from wattloop.library.tariffs.problems import Findings, Path

LARGEST_FILE = 4 * 1024 * 1024
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?")
_TARIFF = "id, name, valid_from and currency"
_MIND = "Mind the indentation, the brackets and the quotes."
_HALF_WIDTH = {"：": ":", "，": ",", "｛": "{", "｝": "}", "［": "[", "］": "]", "－": "-", "\u3000": " "}
# A comma or colon between Chinese letters is text.
_FULL_WIDTH_SIGN = re.compile(r"[｛｝［］\u3000]|－(?=[ ])|[：，](?=[\x00-\x7f]|$)|(?<=[\x00-\x7f])[：，]")
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'|(?:^|(?<=\s))#.*")
_OWN_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!", None}


def read_text(path: FilePath, findings: Findings) -> str | None:
    """Read a tariff file's text: UTF-8 with or without a byte-order mark, else GB18030.

    None where it cannot be read; the reason is in `findings`.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            findings.error((), "The file is larger than any tariff (4 MiB).", "Give the tariff document itself.")
            return None
        raw = path.read_bytes()
    except OSError as error:
        findings.error(
            (), f"The file cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        )
        return None
    if b"\x00" in raw:
        findings.error((), "This is a binary file, or text in UTF-16.", "Give a YAML file saved as text in UTF-8.")
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    findings.error((), "The text is neither UTF-8 nor GB18030.", "Save the file as UTF-8.")
    return None


def read_plain(text: str, findings: Findings, kind: str = "A tariff", begins: str = _TARIFF) -> Any:
    """Parse YAML text into dict, list, str, Decimal, bool and None; fill `findings.lines`.

    `kind` and `begins` say what the document is and what it starts with, where there is none.

    Refuses, into `findings`: broken YAML, several documents, duplicate keys, aliases,
    explicit type tags. What could still be read is returned.
    """
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            findings.lines[()] = mark.line + 1
        said = " ".join(part for part in (error.context, error.problem) if part)
        findings.error((), *(_slip(text, mark, findings) or (f"This is not YAML: {said}.", _MIND)))
        return None
    except yaml.YAMLError as error:
        findings.error((), f"This is not YAML: {' '.join(str(error).split())}.", "Save it as plain text in UTF-8.")
        return None
    except RecursionError:
        findings.error((), "The document is nested too deeply.", "No tariff needs that; check the brackets.")
        return None
    nodes = [node for node in nodes if node is not None]
    if not nodes:
        findings.error((), "The file is empty.", f"{kind} starts with {begins}.")
        return None
    if len(nodes) > 1:
        findings.lines[()] = nodes[1].start_mark.line + 1
        findings.error((), "The file holds several documents.", "Write one tariff per file, without a --- between.")
        return None
    return _Reader(findings).read(nodes[0], ())


def _slip(text: str, mark: yaml.Mark | None, findings: Findings) -> tuple[str, str] | None:
    """What most often is behind broken YAML: a tab, or a full-width sign of a Chinese keyboard outside of quotes."""
    rows = text.splitlines()
    if mark is None or not rows:
        return None
    at = min(mark.line, len(rows) - 1)
    if "\t" in rows[at][: mark.column + 1]:
        return "A tab stands where YAML needs spaces.", "Indent with spaces, and part words with them."
    for line in range(at, max(at - 3, -1), -1):  # what is wrong is often noticed on the next line only
        found = _FULL_WIDTH_SIGN.search(_TEXT.sub(lambda one: "x" * len(one[0]), rows[line]))
        if found:
            findings.lines[()] = line + 1
            sign, half = found[0], _HALF_WIDTH[found[0]]
            mend = "Write a space." if half == " " else f"Write `{half}`, with the keyboard on half width."
            return f"The sign `{sign}` is full width, which YAML does not read as a mark.", mend
    return None


class _Reader:
    """Walks the node tree once, noting lines and refusing what has no place in a tariff."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.seen: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.findings.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            self.findings.error(
                path, "An alias (*name) stands here.", "Write the value out, so that each line says all."
            )
            return None
        self.seen.add(id(node))
        if node.tag not in _OWN_TAGS:
            self.findings.error(
                path, f"The type tag {node.tag} stands here.", "Leave it out; types follow from the key."
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.findings.lines[(*path, "?")] = key_node.start_mark.line + 1
                self.findings.error(
                    (*path, "?"), "A key is a list or a mapping.", "Write a plain word before the colon."
                )
                continue
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in plain:
                first = self.findings.lines[(*path, key)]
                said = f"The key {key} is here twice; it first stands on line {first}."
                self.findings.error((*path, key), said, "Keep one of them.", line=line)
                continue
            self.findings.lines[(*path, key)] = line
            plain[key] = self.read(value_node, (*path, key))
        return plain


def _scalar(node: yaml.ScalarNode) -> str | Decimal | bool | None:
    text = str(node.value)
    if node.style is not None:  # quoted, or a text block: text it is
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    return Decimal(text) if _NUMBER.fullmatch(text) else text
