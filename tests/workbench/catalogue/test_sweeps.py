import pytest
from zbench.catalogue.sweeps import check_names, parse_assignments, sweep
from zbench.errors import ParameterError
from zbench.scenarios.base import Parameter, Scenario

SCENARIO = Scenario(
    "one",
    "for this test",
    parameters=(
        Parameter("workers", 1, "", low=1, high=8),
        Parameter("size", 100, "", low=1, quick=10),
        Parameter("most", 1, "", low=1, high=2**63 - 1),
        Parameter("form", "a", "", choices=("a", "b")),
    ),
    prepare=lambda _: None,
)


def test_lists_make_the_product_of_their_values_without_repetition():
    given = parse_assignments(["workers=1,2,2", "form=b"])
    sets = sweep(SCENARIO, given)
    assert sets == [{"workers": w, "size": 100, "most": 1, "form": "b"} for w in (1, 2)]


def test_quick_values_stand_in_for_defaults_only():
    assert sweep(SCENARIO, {}, quick=True)[0]["size"] == 10
    assert sweep(SCENARIO, {"size": ["50"]}, quick=True)[0]["size"] == 50


@pytest.mark.parametrize("text", ["workers", "=1", "workers=", "workers=1,,2"])
def test_an_assignment_without_name_or_value_is_refused(text):
    with pytest.raises(ParameterError, match="key=value"):
        parse_assignments([text])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workers=0", "1 to 8, got 0; try 1"),
        ("workers=many", "a whole number, got 'many'"),
        ("size=-5", "at least 1"),
        ("most=0", f"1 to {2**63 - 1}, got 0; try 1"),
        (f"most={2**63}", f"try {2**63 - 1}"),
        ("form=c", "one of a, b, got 'c'"),
        (f"size={10**400}", "has 401 digits, which is too many"),  # no float is as great
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_a_remedy(text, said):
    with pytest.raises(ParameterError, match=said):
        sweep(SCENARIO, parse_assignments([text]))


def test_a_parameter_of_no_scenario_is_refused():
    with pytest.raises(ParameterError, match="workers"):
        check_names([SCENARIO], {"worker": ["1"]})
