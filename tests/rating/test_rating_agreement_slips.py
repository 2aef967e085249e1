"""Slips in files of agreements: each is told with its file and what to write."""

import pytest

from wattloop.library.rating.agreements.file import read_agreements

GOOD = 'agreement: "1"\npoints: [{point: P1}]\nversions: [{valid_from: 2026-01-01, tariff: t, capacity: 5 kVA}]\n'
BAD_AGREEMENTS = {
    "nothing": ("a.yaml", "", "An agreement starts with agreement, points and versions."),
    "a full-width colon": ("a.yaml", GOOD.replace("agreement:", "agreement："), "full width"),
    "a choice there is not": (
        "a.yaml", GOOD.replace("tariff: t", "tariff: t, demand-method: by-capacty"), "`by-capacty` is not one of",
    ),
    "a capacity of nothing": ("a.yaml", GOOD.replace("5 kVA", "0 kVA"), "not a capacity above zero"),
    "a header alone": ("a.csv", "agreement,point,tariff\n", "no agreement"),
    "a slip in a heading": ("a.csv", "agreement,point,tariff,capcity-kva\n1,P1,t,5\n", "Did you mean capacity-kva"),
    "a day that never was": ("a.csv", "agreement,point,tariff,valid-from\n1,P1,t,2026-02-30\n", "2026-02-30"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_AGREEMENTS)
def test_agreements_that_are_refused_name_their_file_and_the_slip(tmp_path, case):
    name, text, said = BAD_AGREEMENTS[case]
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as refused:
        read_agreements(tmp_path / name)
    assert name in str(refused.value)


def test_other_columns_of_a_table_of_agreements_are_let_be(tmp_path):
    (tmp_path / "a.csv").write_text("agreement,point,tariff,contract-no,street\n1,P1,t,7,x\n", encoding="utf-8")
    assert len(read_agreements(tmp_path / "a.csv").names) == 1
