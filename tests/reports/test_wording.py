from zbench.reports.wording import titles

from tests.reports.samples import result


def test_rows_of_a_sweep_are_told_apart_and_others_stay_short():
    rows = [result("a", 20, parameters={"workers": n, "n": 5}) for n in (1, 2)]
    assert titles(rows) == ["a workers=1", "a workers=2"]
    assert titles(rows[:1]) == ["a"]
