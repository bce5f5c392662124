"""What a function reaches, and whether that leads back to it."""

import types

import pytest
from zbench.core.compile.call_graph import CallGraph
from zbench.core.compile.kernel import INTERPRETED, kernel

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")

SOURCE = """
def leaf(n): return n
leaf = kernel(leaf)
def alone(n): return alone(n - 1) if n else 0
alone = kernel(alone)
def ping(n): return pong(n - 1) if n else 0
def pong(n): return shelf.ping(n) if n else leaf(0)
ping, pong = kernel(ping), kernel(pong)
shelf.ping = ping
PAIR = (ping, alone)
def above(n): return PAIR[0](n) + leaf(n)
above = kernel(above)
def odd(n):
    if n < 0: return ODD
    return leaf(n) + alone(n)
odd = kernel(odd)
def loops(n, again=[]): return again[0](n)
loops = kernel(loops)
"""


@pytest.fixture
def space():
    found = {"kernel": kernel, "shelf": types.ModuleType("shelf"), "ODD": object()}
    exec(SOURCE, found)
    return found


def names(dispatchers):
    return sorted(d.py_func.__name__ for d in dispatchers)


@pytest.mark.parametrize(
    ("root", "recursive"),
    [("leaf", []), ("alone", ["alone"]), ("ping", ["ping", "pong"]), ("pong", ["ping", "pong"]),
     ("above", ["alone", "ping", "pong"]), ("odd", ["alone"])],
)  # fmt: skip
def test_functions_that_lead_back_to_themselves_are_recursive(space, root, recursive):
    assert names(CallGraph(space[root]).recursive()) == recursive


def test_a_function_beside_an_object_without_a_digest_is_reached(space):
    assert names(CallGraph(space["odd"]).dispatchers()) == ["alone", "leaf", "odd"]


def test_all_roots_are_walked(space):
    graph = CallGraph(space["leaf"], None, space["odd"], space["ping"])
    assert names(graph.dispatchers()) == ["alone", "leaf", "odd", "ping", "pong"]
    assert space["ping"].py_func.__code__ in graph.codes


def test_functions_nested_beyond_pythons_limit_end_the_walk_and_no_more():
    space = {"kernel": kernel}
    exec("f0 = kernel(lambda: 0)\n", space)
    for k in range(1, 400):
        exec(f"f{k} = kernel(lambda: f{k - 1}())", space)
    assert len(CallGraph(space["f399"]).functions) > 10
