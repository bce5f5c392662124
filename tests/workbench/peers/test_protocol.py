import json
from pathlib import Path

import jsonschema
import pytest
import zbench
from zbench.peers.protocol import LONGEST, Lines, ProtocolError, read

SCHEMA = json.loads((Path(zbench.__file__).parent / "peer-protocol.schema.json").read_text())
HELLO = {
    "kind": "peer",
    "protocol": 1,
    "peer": "x",
    "version": "1",
    "runtime": "r",
    "threads": 1,
    "options": {"batch": 5, "pin": True, "gc": "g1"},
}
ITERATION = {
    "kind": "iteration",
    "scenario": "counting",
    "parameters": {"messages": 1},
    "iteration": 0,
    "warmup": False,
    "elapsed_ns": 100,
    "messages": 4,
    "answer": 1,
    "histogram": [[50, 98], [80, 2]],
    "rss_bytes": 1,
    "peak_rss_bytes": None,
    "extra": {"bytes": 1.5},
}


@pytest.mark.parametrize("line", [HELLO, ITERATION, ITERATION | {"error": "one is lost"}])
def test_a_line_of_the_schema_is_read(line):
    jsonschema.validate(line, SCHEMA)
    assert read(json.dumps(line).encode()) == line


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        *((HELLO, "options", value) for value in ([1], 7, {"a": {"b": 1}}, {"a": None})),
        *((HELLO, "version", value) for value in (1, None)),
        *((ITERATION, "extra", value) for value in ([1], 5, "x", {"a": "x"}, {"a": None})),
        *((ITERATION, "histogram", value) for value in (5, "abc", {"a": 1}, [5], [["a", "b"]])),
        *((ITERATION, "histogram", [pair]) for pair in ([1], [[1], 2], [1.5, 1], [1, 0], [-1, 1])),
        *((ITERATION, key, "many") for key in ("rss_bytes", "peak_rss_bytes", "answer")),
        *((ITERATION, key, [1]) for key in ("rss_bytes", "elapsed_ns", "messages", "error")),
        *((ITERATION, key, True) for key in ("elapsed_ns", "answer")),
        *((ITERATION, key, 0) for key in ("elapsed_ns", "messages")),
        (ITERATION, "error", 5),
    ],
)
def test_a_field_that_the_schema_refuses_is_refused_and_named(line, key, value):
    wrong = line | {key: value}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)
    with pytest.raises(ProtocolError, match=key):
        read(json.dumps(wrong).encode())


@pytest.mark.parametrize("key", ["elapsed_ns", "messages", "rss_bytes", "answer"])
def test_a_number_that_no_float_can_express_is_refused(key):
    with pytest.raises(ProtocolError, match=key):
        read(json.dumps(ITERATION | {key: 10**400}).encode())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_a_further_figure_that_is_no_finite_number_is_refused(value):
    with pytest.raises(ProtocolError, match="extra must be names and numbers"):
        read(json.dumps(ITERATION | {"extra": {"a": value}}).encode())


def test_a_histogram_that_does_not_ascend_is_refused():
    with pytest.raises(ProtocolError, match=r"histogram must be a list of .* ascending"):
        read(json.dumps(ITERATION | {"histogram": [[500, 1], [100, 99]]}).encode())


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"kind":' * 100_000, b"hello", b"\xff", b"5"])
def test_text_that_is_no_line_is_refused(text):
    with pytest.raises(ProtocolError):
        read(text)


def test_pieces_are_cut_into_lines():
    lines = Lines()
    assert [lines.take(piece) for piece in (b"a", b"b\nc\n", b"", b"d\n\n", b"e")] == [
        [],
        [b"ab", b"c"],
        [],
        [b"d", b""],
        [],
    ]


def test_a_line_without_end_is_refused():
    lines = Lines()
    lines.take(b"x" * LONGEST)
    with pytest.raises(ProtocolError, match="a line of more than 16 MiB: b'xxx"):
        lines.take(b"x")
