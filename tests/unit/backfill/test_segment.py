"""A checkpoint is never ahead of what was acknowledged."""

from dynamigrate.backfill.segment import Segment


def test_a_page_counts_once_it_was_read_and_all_its_changes_are_acknowledged() -> None:
    """Not a moment before."""
    segment = Segment(3)
    page = segment.open_page("k1")
    page.unacknowledged += 2
    segment.ack(page)
    segment.ack(page)
    assert segment.cursor()["after"] is None
    segment.ack(page)
    assert segment.cursor()["after"] == "k1"
    assert not segment.done


def test_a_later_page_waits_for_the_earlier_ones() -> None:
    """One change that is retried holds back all that came after it."""
    segment = Segment(0)
    first, second, last = segment.open_page("k1"), segment.open_page("k2"), segment.open_page(None)
    first.unacknowledged += 1
    for page in (first, second, last):
        segment.ack(page)
    assert segment.after is None
    assert not segment.done
    segment.ack(first)
    assert segment.done


def test_goes_on_from_its_cursor() -> None:
    """With what was counted."""
    segment = Segment(1)
    segment.ack(segment.open_page({"id": {"S": "k"}}))
    segment.tally.written = 7
    again = Segment.from_cursor(1, segment.cursor())
    assert (again.after, again.done, again.tally.written) == ({"id": {"S": "k"}}, False, 7)
