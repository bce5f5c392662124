import re
from pathlib import Path

from zbench.peers.answers import SHARED, Stream, expected

DOCS = Path(__file__).parents[3] / "docs" / "peers.md"


def test_streams_begin_as_the_protocol_says():
    stream = Stream(1, 0)
    assert stream.state == 163300255925012852
    assert [stream.value() for _ in range(2)] == [2339463327, 3208186107]
    stream = Stream(42, 0)
    assert [stream.below(120) for _ in range(4)] == [3, 101, 1, 67]


def test_the_documented_answers_are_the_right_ones():
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (`.*\)) \|.*\| (-?\d+), (-?\d+) \|$", DOCS.read_text(), re.M
    )
    assert [row[0] for row in rows] == list(SHARED)
    for name, parameters, messages, answer in rows:
        shared = SHARED[name]
        defaults = {k: int(v) for k, v in re.findall(r"`([a-z]+)` \((\d+)\)", parameters)}
        assert defaults == dict(shared.defaults), name
        found = expected(name, shared.defaults, 1)
        assert (found.messages, found.answer) == (int(messages), int(answer)), name
