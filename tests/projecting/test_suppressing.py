"""Small numbers are not to be read from what is published, nor to be worked out."""

from collections.abc import Iterator, Mapping

from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.projecting.suppressing import K, published

tables = st.dictionaries(st.sampled_from(["raised", "acknowledged", "referred", "closed"]), st.integers(0, 12))


@for_all(tables)
def test_what_is_told_is_true_and_neither_small_nor_worked_out(counts: Mapping[str, int]) -> None:
    total, told = published(counts)
    assert set(told) == set(counts)
    for name, count in told.items():
        assert count in (counts[name], None)
        assert count is None or count == 0 or count >= K
    if total is not None:
        assert total == sum(counts.values())
        hidden = [name for name, count in told.items() if count is None]
        left = total - sum(count or 0 for count in told.values())
        for nth in range(len(hidden)):
            assert len({one[nth] for one in ways(left, len(hidden))}) >= K


def ways(left: int, cells: int) -> Iterator[tuple[int, ...]]:
    """All that the withheld counts could be, as who subtracts sees it: each is one or more."""
    if cells == 1:
        yield from [(left,)] if left > 0 else []
        return
    for first in range(1, left):
        for rest in ways(left - first, cells - 1):
            yield (first, *rest)


@for_all(tables.filter(lambda counts: all(count == 0 or count >= K for count in counts.values())))
def test_where_no_number_is_small_nothing_is_withheld(counts: Mapping[str, int]) -> None:
    assert published(counts) == (sum(counts.values()), counts)


def test_a_single_small_number_takes_the_smallest_other_with_it() -> None:
    assert published({"raised": 2, "closed": 40, "referred": 9}) == (
        51,
        {"raised": None, "closed": 40, "referred": None},
    )


def test_small_numbers_that_are_all_there_is_take_the_total_with_them() -> None:
    assert published({"raised": 3}) == (None, {"raised": None})
    assert published({"raised": 1, "closed": 1}) == (None, {"raised": None, "closed": None})
