"""The tree of live actors: whole, limited, while workers run, and from torn words."""

import io
import sys
import threading

import pytest
from zbench.core import ActorSystem, Supervisor
from zbench.core.actors.refs import SLOT_BITS, SLOT_MASK
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout import actor_row, ring_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.system.tree import Node, Tree

from tests.core.behaviours import common as b
from tests.core.behaviours import family as f
from tests.core.behaviours.halted import halt

pytestmark = pytest.mark.compiles

CHILD = 0


def family(**options):
    return ActorSystem([f.props(Supervisor("restart"))], workers=2, state_words=64, **options)


def parent_of(system, children):
    parent = system.spawn(f.receive)
    for _ in range(children):
        parent.tell(f.SPAWN, CHILD)
    system.await_rest()
    return parent


def names(nodes):
    return [(n.name, n.stage, n.waiting, n.restarts, names(n.children)) for n in nodes]


def test_a_tree_shows_children_below_their_parents_and_counts_restarts():
    with family(guardian=Supervisor("restart")) as system:
        first, second = parent_of(system, 2), parent_of(system, 0)
        system.tell(int(system.state(first)[f.LAST_CHILD]), f.RAISE)
        system.await_rest()
        tree = system.tree()
        quiet = ("receive", "running", 0, 0, [])
        children = [quiet, ("receive", "running", 0, 1, [])]
        assert names(tree.actors) == [("receive", "running", 0, 0, children), quiet]
        assert [n.ref for n in tree.actors] == [first.value, second.value]
        assert (tree.live, tree.left_out) == (4, 0)


def test_an_actor_that_stopped_is_not_in_the_tree():
    with family() as system:
        parent = parent_of(system, 3)
        parent.tell(f.STOP_CHILD)
        system.await_rest()
        assert len(system.tree().actors[0].children) == 2
        system.kill(parent)
        system.await_rest()
        assert system.tree() == Tree((), 0, 0)


def test_an_actor_in_a_slot_used_before_has_the_ref_of_its_own_life():
    with family() as system:
        system.kill(parent_of(system, 0))
        system.await_rest()
        for ref in [parent_of(system, 0) for _ in range(3)]:
            assert ref.value in system.tree().frame()["ref"].to_list()


def test_without_supervision_the_tree_is_flat():
    with ActorSystem(b.BEHAVIOURS, workers=1) as system:
        assert str(system.tree()) == "system: 0 actors"
        refs = system.spawn_many(b.actor, 3)
        system.poison(int(refs[1]))
        system.await_rest()
        tree = system.tree()
        assert names(tree.actors) == [("actor", "running", 0, 0, [])] * 2
        assert tree.live == 2


def test_messages_that_wait_are_counted_through_every_ring_of_a_mailbox():
    with ActorSystem(b.BEHAVIOURS, workers=1, mailbox_capacity=4) as system:
        ref = system.spawn(b.actor)
        halt(system)
        for waiting in range(1, 20):
            ref.tell(b.COUNT)
            assert system.tree().actors[0].waiting == waiting


def test_messages_for_a_supervised_actor_that_was_only_signalled_are_none():
    with family() as system:
        ref = parent_of(system, 0)
        halt(system)
        system.kill(ref)
        assert system.tree().actors[0].waiting == 0
        ref.tell(f.COUNT)
        assert system.tree().actors[0].waiting == 1


def test_what_is_beyond_the_most_is_counted_and_the_nearest_to_the_system_are_kept():
    with family() as system:
        parent_of(system, 5)
        parent_of(system, 5)
        tree = system.tree(most=4)
        assert [len(n.children) for n in tree.actors] == [2, 0]
        assert (tree.live, tree.left_out) == (12, 8)
        assert str(tree).startswith("system: 12 actors, 8 of them left out")
        assert system.tree(most=0).left_out == 12
        with pytest.raises(ValueError, match="most must be 0 or more, got -1"):
            system.tree(most=-1)


def test_parents_that_form_a_circle_are_shown_all_the_same():
    with family() as system:
        refs = [int(parent_of(system, 0).value) for _ in range(3)]
        halt(system)
        for ref, parent in zip(refs, (*refs[1:], refs[0]), strict=True):
            line = (ref & SLOT_MASK) * LINE
            system.tables.actor[line + actor_row.KIN] = (parent & SLOT_MASK) << SLOT_BITS
        tree = system.tree()
        assert sorted(n.ref for n, _, _ in tree.walk()) == refs
        assert len(tree.actors) == 1


def test_rings_that_form_a_circle_are_not_followed_for_ever():
    with ActorSystem(b.BEHAVIOURS, workers=1, mailbox_capacity=4) as system:
        ref = system.spawn(b.actor)
        halt(system)
        for _ in range(9):
            ref.tell(b.COUNT)
        links = system.tables.ring[ring_row.NEXT :: LINE]
        chained = [int(k) for k in links.nonzero()[0]]
        end = int(links[chained[0]]) & ((1 << 34) - 1)
        links[chained[0]] = ((chained[0] + 1) << 34) | end
        assert system.tree().actors[0].waiting >= 0


def test_a_tree_can_be_taken_while_actors_come_and_go():
    with family(guardian=Supervisor("restart", max_restarts=None)) as system:
        done = threading.Event()

        def disturb():
            for _ in range(20 if INTERPRETED else 200):
                parent = system.spawn(f.receive)
                for kind in (f.SPAWN, f.SPAWN, f.COUNT, f.RAISE):
                    parent.tell(kind, CHILD)
                system.kill(parent)
            done.set()

        thread = threading.Thread(target=disturb)
        thread.start()
        trees = 0
        while not done.is_set() or trees == 0:
            tree = system.tree(most=50)
            assert len(tree.frame()) == tree.live - tree.left_out
            assert len(tree.text().splitlines()) == 1 + len(tree.frame())
            trees += 1
        thread.join()
        system.await_rest()
        assert system.tree().live == 0


def chain(depth):
    node = Node("leaf", depth, "running", 0, 0)
    for ref in range(depth - 1, -1, -1):
        node = Node("link", ref, "running", 0, 0, (node,))
    return Tree((node,), depth + 1, 0)


def test_a_tree_may_be_deeper_than_pythons_stack():
    tree = chain(5000)
    assert len(tree.text().splitlines()) == 5002
    assert tree.frame()["depth"].max() == 5000
    assert tree._repr_html_().count("<li>") == 5001


TREE = Tree(
    (
        Node("a", 1, "running", 3, 0, (Node("b", 2, "failed", 0, 1), Node("c", 3, "ended", 0, 2))),
        Node("<d>&", (5 << SLOT_BITS) | 4, "running", 0, 0),
    ),
    4,
    0,
)


def test_the_text_is_a_line_an_actor():
    assert TREE.text().splitlines() == [
        "system: 4 actors",
        "|- a #1.0 running, 3 waiting",
        "|  |- b #2.0 failed, 1 restart",
        "|  `- c #3.0 ended, 2 restarts",
        "`- <d>& #4.5 running",
    ]


@pytest.mark.parametrize(("encoding", "corner"), [("ascii", "`- "), ("utf-8", "└─ ")])
def test_lines_of_boxes_are_used_where_standard_output_can_show_them(encoding, corner, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert corner in str(TREE)


def test_the_html_is_escaped_and_balanced():
    page = TREE._repr_html_()
    assert "&lt;d&gt;&amp;" in page
    assert "<d>" not in page
    for tag in ("ul", "li", "details", "summary", "code", "div"):
        assert page.count(f"<{tag}") == page.count(f"</{tag}>")
    assert "details open" in page


def test_the_frame_names_parents_by_their_refs():
    frame = TREE.frame()
    assert frame["parent"].tolist() == [-1, 1, 1, -1]
    assert frame["depth"].tolist() == [0, 1, 1, 0]
