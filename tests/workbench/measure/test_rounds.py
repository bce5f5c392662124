import pytest
from zbench.measure.rounds import MOST_DEATHS, Attempts, ProcessEnd


class Given(Attempts):
    """Attempts that ended as given."""

    def __init__(self, *ends):
        self.ends = ends

    def attempts(self):
        return self.ends


@pytest.mark.parametrize(
    ("ends", "hopeless"),
    [
        ([], False),
        ([ProcessEnd(failure="killed")], False),
        ([ProcessEnd(failure="killed")] * MOST_DEATHS, True),
        ([ProcessEnd(timed_out=True)], True),
        ([ProcessEnd(), ProcessEnd(wrong="7, expected 8")], True),
        ([ProcessEnd(interrupted=True)], False),
    ],
)
def test_no_more_processes_are_started_once_they_would_waste_time(ends, hopeless):
    assert Given(*ends).hopeless is hopeless


def test_the_first_wrong_answer_and_every_failure_are_told():
    given = Given(ProcessEnd(failure="a"), ProcessEnd(wrong="b"), ProcessEnd(wrong="c"))
    assert (given.wrong, given.failures) == ("b", ["a"])
