import pytest
from zbench.core.events.alerts import NS, Thresholds, Watch

QUIET = {"sent": 0, "processed": 0, "dead_letters": 0, "failures": 0}


def measures(alerts):
    return [(a.measure, a.value, a.threshold) for a in alerts]


def test_rates_are_between_two_looks():
    watch = Watch(Thresholds(dead_letters=9, failures=4))
    first = {**QUIET, "sent": 1000, "dead_letters": 1000, "failures": 1000}
    assert watch.look(first, 7, 0) == []
    second = {**first, "sent": 1020, "dead_letters": 1020, "failures": 1010}
    assert measures(watch.look(second, 9, 2 * NS)) == [
        ("dead letters", 10.0, 9),
        ("failures", 5.0, 4),
        ("dropped events", 1.0, 0.0),
    ]


def test_a_threshold_that_stays_passed_alerts_once_until_it_was_kept_again():
    watch = Watch(Thresholds(waiting=10))
    alerted = [
        len(watch.look({**QUIET, "sent": waiting}, 0, k * NS))
        for k, waiting in enumerate([10, 11, 500, 10, 11])
    ]
    assert alerted == [0, 1, 0, 0, 1]


def test_waiting_are_the_messages_neither_handled_nor_dead():
    watch = Watch(Thresholds(waiting=0, dead_letters=None))
    counters = {"sent": 10, "processed": 4, "dead_letters": 3, "failures": 0}
    assert measures(watch.look(counters, 0, 0)) == [("waiting messages", 3, 0)]


def test_two_looks_at_once_have_no_rate():
    watch = Watch(Thresholds(dropped=0))
    watch.look(QUIET, 0, 5)
    assert watch.look(QUIET, 3, 5) == []


def test_without_thresholds_nothing_alerts():
    never = Thresholds(dead_letters=None, failures=None, waiting=None, dropped=None)
    watch = Watch(never)
    watch.look(QUIET, 0, 0)
    busy = {"sent": 10**9, "processed": 0, "dead_letters": 10**8, "failures": 10**8}
    assert watch.look(busy, 10**8, 1) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"waiting": -1}, "waiting must be 0 to inf, got -1"),
        ({"failures": float("nan")}, "failures must be 0 to inf"),
        ({"interval": 0}, "interval must be 1e-06 to 3600.0"),
        ({"interval": 10**6}, "interval must be 1e-06 to 3600.0"),
    ],
)
def test_a_threshold_without_meaning_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Thresholds(**options)


@pytest.mark.parametrize("name", ["dead_letters", "failures", "waiting", "dropped", "interval"])
@pytest.mark.parametrize("value", ["1", True, [1]])
def test_a_threshold_that_is_no_number_is_refused(name, value):
    with pytest.raises(TypeError, match=f"{name} must be a number, got "):
        Thresholds(**{name: value})
