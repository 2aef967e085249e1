"""Green Button (ESPI) files that are refused: one message with the line, and a lake that is as it was."""

import pytest
from feeds import MARCH_2, Feed, hours, house, reading, take

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "UTC")


LINES = {
    "no number": (house([1, 2, "many", 4]), "'many' is no number", "many"),
    "nan": (house([1, 2, "nan", 4]), "'nan' is no number", "nan"),
    "no second": (Feed().point().series([*hours([1]), reading("soon", 2)]), "no whole number of seconds", "soon"),
    "milliseconds": (Feed().point().series([reading(MARCH_2 * 1000, 2)]), "no time of a reading", MARCH_2 * 1000),
    "off the grid": (Feed().point().series([*hours([1]), reading(MARCH_2 + 3660, 2)]), "begins no interval",
                     MARCH_2 + 3660),
    "twice": (Feed().point().series([*hours([1, 2]), reading(MARCH_2, 8)]), "stands there twice, with 1 and 8", ">8<"),
    "too large": (house([1, 3_000_000_000]), "more than one interval can hold", "3000000000"),
    "another length": (Feed().point().series([*hours([1, 2]), reading(MARCH_2 + 7200, 3, 1800)]), "over 1,800 seconds",
                       "1800"),
    "a code that is none": (house([1], uom="watt"), "uom is 'watt'", "<ReadingType"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_what_cannot_be_taken_is_refused_with_its_line_and_changes_nothing(lake, case):
    feed, what, at = LINES[case]
    with pytest.raises(Refused, match=what) as refused:
        take(lake, feed)
    lines = feed.text().splitlines()
    assert str(at) in lines[refused.value.row - 1]
    assert (refused.value.file, lake.snapshot().version) == (str(lake.path.parent / "f.xml"), 0)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (house([1] * 24).text()[:900], "cut short"),
        (house([1] * 24).text()[:-9], "cut short"),
        (house([1] * 24).text().replace("</value>", "</valve>", 1), "the XML is broken: mismatched tag"),
        ('<?xml version="1.0"?>\n<rss/>', "no Green Button feed: it begins with 'rss'"),
        ('<?xml version="1.0" encoding="EBCDIC-7"?><feed/>', "encoding"),
        ('<?xml version="1.0"?>', "cut short"),
        (Feed().point().text(), "there is no reading in this file"),
        (Feed().series(hours([1] * 24)).text(), "refers to /espi/1_1/resource/UsagePoint/1"),
        (house([1] * 24).text().replace("ReadingType/1-1", "ReadingType/9", 1), "there is no ReadingType"),
        (house([1] * 24).text().replace("<IntervalBlock ", "<Block ").replace("</IntervalBlock", "</Block"),
         "outside of its place"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_whole_feed_is_refused(lake, text, what):
    path = lake.path.parent / "f.xml"
    path.write_text(text)
    with pytest.raises(Refused, match=what) as refused:
        readings.import_file(lake, path)
    assert refused.value.mend
    if "short" in what or "broken" in what:
        assert refused.value.row == text[: text.find("</valve>")].count("\n") + 1
    assert lake.snapshot().version == 0
    assert not list((lake.path / "_wattloop").glob("staging/*"))


LAUGHS = '<!DOCTYPE f [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "declared", [LAUGHS + "]>", '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE f SYSTEM "http://x/y">']
)  # fmt: skip
def test_a_document_type_is_refused_before_anything_is_expanded_or_fetched(lake, declared):
    text = house([1] * 24).text().replace("<feed", f"\n{declared}\n<feed", 1).replace("A house", "&x;&i;")
    path = lake.path.parent / "f.xml"
    path.write_text(text)
    with pytest.raises(Refused, match="declares a document type") as refused:
        readings.import_file(lake, path)
    assert refused.value.row == 3


@pytest.mark.parametrize(
    "told", [{"unit": "kWh"}, {"stamp": "end"}, {"channel": "voltage"}, {"columns": {"value": "x"}}, {"decimal": ","}]
)
def test_options_that_a_feed_has_no_use_for_are_refused(lake, told):
    with pytest.raises(Refused, match=r"itself|only the point"):
        take(lake, house([1] * 24), **told)


def test_a_name_of_our_own_with_a_lines_end_in_it_is_refused(lake):
    named = '<extension><point xmlns="urn:wattloop:readings">A\nB</point></extension><ServiceCategory>'
    path = lake.path.parent / "f.xml"
    path.write_text(house([1] * 24).text().replace("<ServiceCategory>", named))
    with pytest.raises(Refused, match="control character") as refused:
        readings.import_file(lake, path)
    assert "<UsagePoint" in path.read_text().splitlines()[refused.value.row - 1]
