import pytest
from zbench.catalogue.registry import catalogue
from zbench.core import Topology
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.delivery.routers import STRATEGIES
from zbench.core.scheduler.policies.policy import NAMES

SMALL = {
    "ping-pong": {"pings": 200, "pairs": 3, "workers": 2},
    "counting": {"messages": 5000, "workers": 2},
    "thread-ring": {"actors": 7, "tokens": 3, "hops": 300, "workers": 2},
    "fork-join-throughput": {"actors": 5, "messages": 300, "workers": 2},
    "fork-join-creation": {"actors": 300, "workers": 2},
    "chameneos": {"creatures": 7, "meetings": 300, "workers": 2},
    "big": {"actors": 9, "pings": 50, "workers": 2},
    "bank": {"accounts": 13, "transfers": 400, "workers": 2},
    "n-queens": {"size": 7, "threshold": 3, "actors": 5, "workers": 2},
    "end-to-end": {"clients": 11, "stages": 3, "width": 4, "requests": 9, "workers": 2},
    "latency-under-load": {"servers": 3, "rate": 100_000, "messages": 500, "workers": 2},
    "message-send": {"sends": 3000, "workers": 2},
    "work-stealing": {"workers": 3, "tasks": 50, "steps": 5},
    "actor-creation": {"actors": 5000},
    "actor-turnover": {"actors": 5000, "rounds": 4},
    "mailbox": {"actors": 2, "messages": 2000, "burst": 8, "workers": 2},
    "mailbox-bytes": {"actors": 100},
    "routing-lookup": {"names": 300, "lookups": 3000},
    "message-pool": {"operations": 3000},
    "router": {"messages": 3000, "routees": 5, "burst": 70, "workers": 2},
    "supervision-restart": {"faults": 200, "workers": 2},
    "supervision-faults": {"messages": 3000, "percent": 2.5, "workers": 2},
    "timer-accuracy": {"timers": 100, "spread": 0.004},
    "dispatch": {"messages": 3000, "behaviours": 3},
    "scheduler": {"messages": 3000, "actors": 5, "workers": 2},
    "priority-load": {"probes": 20, "floods": 3, "workers": 2},
    "floor-cache-line": {"operations": 1000},
    "floor-ring": {"operations": 10_000},
    "floor-call": {"operations": 1000},
    "floor-copy": {"operations": 3000},
}
KNOWN = catalogue()
# Compiled, each scenario takes a program of its own; tests/scenarios/test_uncompiled.py has all.
pytestmark = [] if INTERPRETED else [pytest.mark.long]
COMPILED_ONLY = ("floor-call", "floor-cache-line")  # a wrapper of C; threads that wait busily


def prepared(name, **given):
    scenario = KNOWN[name].scenario
    parameters = {p.name: p.default for p in scenario.parameters}
    return scenario.prepare({**parameters, **SMALL[name], **given})


def test_every_scenario_has_a_small_form_here():
    assert set(SMALL) == set(KNOWN)


@pytest.mark.parametrize(
    "name", [n for n in sorted(SMALL) if not INTERPRETED or n not in COMPILED_ONLY]
)
def test_a_scenario_verifies_its_answer_run_after_run(name):
    scenario = prepared(name)
    try:
        for _ in range(3):
            sample = scenario.run()
            assert sample.error is None
            assert sample.messages > 0
    finally:
        scenario.close()


def test_a_wrong_answer_is_told():
    scenario = prepared("counting")
    try:
        scenario.check = lambda: "the count is 1, expected 5000"
        assert scenario.run().error == "the count is 1, expected 5000"
    finally:
        scenario.close()


def test_latency_holds_one_entry_for_every_message_timed():
    scenario = prepared("ping-pong", latency="on")
    try:
        sample = scenario.run()
        assert sample.error is None
        assert sample.latency.sum() == 3 * 2 * (200 // 3)
    finally:
        scenario.close()


@pytest.mark.parametrize(
    ("scheduler", "load"),
    [
        *(("work-stealing", load) for load in ("1:1", "N:1", "1:N", "N:N", "uneven")),
        *((scheduler, "uneven") for scheduler in (*NAMES[1:], "numa-simulated")),
    ],
)
def test_every_scheduler_gives_the_same_sums_under(scheduler, load):
    scenario = prepared("scheduler", load=load, scheduler=scheduler)
    try:
        sample = scenario.run()
        assert sample.error is None
        name = {"numa": "work-stealing", "numa-simulated": "numa"}.get(scheduler, scheduler)
        if scheduler != "numa" or len(Topology.read().nodes) == 1:
            assert NAMES[int(sample.extra["strategy"])] == name
    finally:
        scenario.close()


@pytest.mark.parametrize("scheduler", [*NAMES, "numa-simulated"])
def test_every_answer_to_a_probe_is_checked_and_timed_under(scheduler):
    scenario = prepared("priority-load", scheduler=scheduler)
    try:
        sample = scenario.run()
        assert sample.error is None
        assert sample.latency.sum() == 2 * 20 * 8
        assert sample.messages > 1 + 2 * 20 * 8
    finally:
        scenario.close()


@pytest.mark.parametrize("kind", ["directory", "directory-uncached", "dict", "direct"])
@pytest.mark.parametrize(("names", "hot"), [(1, 0.9), (300, 0.0), (300, 1.0)])
def test_every_kind_of_lookup_finds_the_same_refs(kind, names, hot):
    scenario = prepared("routing-lookup", kind=kind, names=names, hot=hot)
    reference = prepared("routing-lookup", kind="direct", names=names, hot=hot)
    assert scenario.answer == reference.answer
    assert scenario.run().error is None
    scenario.answer += 1
    assert "the sum of the refs is" in scenario.run().error


@pytest.mark.parametrize("kind", ["pool", "pool8", *["heap"] * (not INTERPRETED)])
@pytest.mark.parametrize(("size", "live"), [(1, 1), (65, 7), (1024, 200)])
def test_each_kind_of_pool_gives_the_same_sum(kind, size, live):
    scenario = prepared("message-pool", kind=kind, size=size, live=live)
    for _ in range(2):
        assert scenario.run().error is None


def test_a_size_beyond_the_largest_class_is_refused():
    with pytest.raises(ValueError, match="kind pool has 1024 bytes, got size=1025"):
        prepared("message-pool", kind="pool", size=1025)


@pytest.mark.parametrize("strategy", ["direct", *STRATEGIES])
def test_whatever_the_router_every_message_arrives(strategy):
    scenario = prepared("router", strategy=strategy)
    try:
        assert scenario.run().error is None
        bursts = 9 if strategy == "broadcast" else 43
        assert scenario.run().messages == 3000 + bursts + 5
    finally:
        scenario.close()


@pytest.mark.parametrize("fault", ["raise", "fail"])
def test_every_fault_is_timed_once(fault):
    scenario = prepared("supervision-restart", fault=fault)
    try:
        for _ in range(2):
            sample = scenario.run()
            assert sample.error is None
            assert sample.latency.sum() == sample.extra["restarts"] == 200
    finally:
        scenario.close()


@pytest.mark.parametrize(
    ("directive", "percent"), [("restart", 100.0), ("resume", 2.5), ("restart", 0.0)]
)
def test_faults_are_as_many_as_asked_for_and_nothing_else_is_lost(directive, percent):
    scenario = prepared("supervision-faults", directive=directive, percent=percent)
    try:
        for _ in range(2):
            sample = scenario.run()
            assert sample.error is None
            assert sample.extra["faults"] == 3000 * percent / 100
            assert sample.extra["restarts"] == sample.extra["faults"] * (directive == "restart")
    finally:
        scenario.close()


@pytest.mark.parametrize(("kind", "ticks"), [("once", 1), ("periodic", 3)])
@pytest.mark.parametrize("load", ["idle", "busy"])
def test_every_tick_is_timed_once(kind, ticks, load):
    scenario = prepared("timer-accuracy", kind=kind, ticks=ticks, load=load)
    try:
        for _ in range(2):
            sample = scenario.run()
            assert sample.error is None
            assert sample.latency.sum() == 100 * ticks
    finally:
        scenario.close()


@pytest.mark.parametrize("behaviours", [1, 5])
def test_tokens_go_where_numpy_says(behaviours):
    scenario = prepared("dispatch", behaviours=behaviours, dispatch="table")
    try:
        assert scenario.run().error is None
    finally:
        scenario.close()
