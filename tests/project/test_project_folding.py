"""Chinese text is folded anywhere between characters, but not inside a number, nor before a full stop."""

import pytest
from rich.cells import cell_len

from wattloop.management.folding import folded

SAID = "2026年10月1日至31日执行《工商业两部制 1-10千伏》（自10月1日起有效）。本户用电 1,234.56 千瓦时，计 −16.52 元。"


@pytest.mark.parametrize("width", range(20, 130))
def test_folded_text_fits_and_is_the_same_text(width):
    lines = folded(SAID, width).split("\n")
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == SAID.replace(" ", "")
    assert not any(line[0] in "，。；：、）》" or line[-1] in "（《" for line in lines)
    for number in ("1,234.56", "−16.52", "1-10"):
        assert any(number in line for line in lines)
