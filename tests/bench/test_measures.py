"""The arithmetic of the table. What takes how long is no test's business."""

import pytest

from tests.bench.measures import Line, alternated, quantile, table


def test_quantiles_are_values_that_were_taken() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert quantile(values, 0.5) == 3.0
    assert quantile(values, 0.95) == 5.0
    assert quantile(values, 0.0) == 1.0
    assert quantile([7.0], 0.95) == 7.0
    with pytest.raises(ValueError, match="of nothing"):
        quantile([], 0.5)


def test_measures_take_turns_and_give_medians() -> None:
    order: list[str] = []
    ours, theirs = iter((1.0, 9.0, 2.0)), iter((4.0, 5.0, 60.0))

    def one() -> float:
        order.append("ours")
        return next(ours)

    def other() -> float:
        order.append("theirs")
        return next(theirs)

    assert alternated(3, one, other) == (2.0, 5.0)
    assert order == ["ours", "theirs"] * 3


def test_a_ratio_over_its_limit_is_not_kept_and_says_so() -> None:
    good, bad = Line("a", "1 s", 0.35, "b", 0.35), Line("a", "1 s", 0.36, "b", 0.35)
    assert (good.kept, bad.kept, Line("a", "1 s").kept) == (True, False, True)
    assert "NOT KEPT" not in table([good])
    assert "0.36 (≤ 0.35: NOT KEPT)" in table([bad])


def test_the_columns_line_up() -> None:
    shown = table([Line("a", "1 s", 0.5, "beside"), Line("longer", "12 s")]).splitlines()
    assert shown[1].index("1 s") == shown[2].index("12 s") == shown[0].index("measured")
    assert shown[2] == "longer  12 s"
