"""A snapshot of all live actors as a tree: their behaviours, stages and waiting messages.

Workers continue while it is taken, so a value may be out of date before it is shown, and
two values may be of different moments. Nothing worse can happen: every word is read once,
parents come from each actor's own KIN word and not from its siblings' links, and an actor
not found below the system in the words read is put there.
"""

import html
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from zbench.core.actors import stages
from zbench.core.actors.refs import ONE_LIFE, SLOT_BITS, SLOT_MASK
from zbench.core.mailbox import linked
from zbench.core.memory.layout import actor_row, aside_row, family_row, ring_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE, Words
from zbench.core.memory.tables import Tables
from zbench.core.system import entry_points

if TYPE_CHECKING:
    import pandas as pd

BELOW_SYSTEM = -1  # parent of an actor without a live parent
BOX = ("├─ ", "└─ ", "│  ", "   ")
ASCII = ("|- ", "`- ", "|  ", "   ")
NO_NAME = "-"  # of an ended actor whose behaviour is not known any more


@dataclass(frozen=True)
class Node:
    """One actor.

    ``ref`` is {generation, slot}, as ``ActorSystem.kill`` takes it. ``waiting`` counts user
    messages not handled yet, up to 15 too many while the actor runs; ``stashed`` counts
    stashed ones. ``restarts`` counts those of the present window. ``children`` are in the
    order of their slots.
    """

    name: str  # of its behaviour
    ref: int
    stage: str  # one of core.actors.stages.NAMES
    waiting: int
    restarts: int
    children: "tuple[Node, ...]" = field(default=(), repr=False)
    stashed: int = 0

    def __str__(self) -> str:
        """One line: name, #slot.generation, stage, and the counts that are not 0."""
        text = f"{self.name} #{self.ref & SLOT_MASK}.{self.ref >> SLOT_BITS} {self.stage}"
        if self.waiting:
            text += f", {self.waiting} waiting"
        if self.stashed:
            text += f", {self.stashed} stashed"
        if self.restarts:
            text += f", {self.restarts} restart{'s' * (self.restarts > 1)}"
        return text


@dataclass(frozen=True)
class Tree:
    """The live actors of a system.

    Attributes:
        actors: the actors without a parent among them, with all below them.
        live: the number of live actors.
        left_out: the number of them not in the tree; the deepest are left out first.
    """

    actors: tuple[Node, ...]
    live: int
    left_out: int

    def __str__(self) -> str:
        """The tree as plain text, with box-drawing characters if standard output allows them."""
        return self.text(ascii_only=not _can_show("".join(BOX)))

    def text(self, *, ascii_only: bool = True) -> str:
        """The tree as plain text, one line an actor."""
        tee, corner, bar, blank = ASCII if ascii_only else BOX
        lines = [self._head()]
        ahead = [(node, "", node is self.actors[-1]) for node in reversed(self.actors)]
        while ahead:
            node, indent, last = ahead.pop()
            lines.append(f"{indent}{corner if last else tee}{node}")
            below = indent + (blank if last else bar)
            ahead += [(c, below, c is node.children[-1]) for c in reversed(node.children)]
        return "\n".join(lines)

    def _head(self) -> str:
        """The first line: the number of actors, and the number of those not shown."""
        more = f", {self.left_out} of them left out" if self.left_out else ""
        return f"system: {self.live} actor{'s' * (self.live != 1)}{more}"

    def walk(self) -> Iterator[tuple[Node, Node | None, int]]:
        """Every actor, its parent (None at the top) and its depth from 0, parents first."""
        ahead: list[tuple[Node, Node | None, int]] = [(n, None, 0) for n in reversed(self.actors)]
        while ahead:
            node, parent, depth = ahead.pop()
            yield node, parent, depth
            ahead += [(child, node, depth + 1) for child in reversed(node.children)]

    def frame(self) -> "pd.DataFrame":
        """A row an actor: name, ref, parent (or -1), depth, stage, waiting, restarts, stashed."""
        import pandas as pd

        rows = [
            (n.name, n.ref, p.ref if p else NONE, depth, n.stage, n.waiting, n.restarts, n.stashed)
            for n, p, depth in self.walk()
        ]
        columns = ["name", "ref", "parent", "depth", "stage", "waiting", "restarts", "stashed"]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        """The tree for notebooks; branches fold."""
        parts = [f"<div><code>{html.escape(self._head())}</code><ul>"]
        depth_now = 0
        for node, _, depth in self.walk():
            parts.append("</ul></details></li>" * (depth_now - depth))
            label = f"<code>{html.escape(str(node))}</code>"
            if node.children:
                parts.append(f"<li><details open><summary>{label}</summary><ul>")
                depth_now = depth + 1
            else:
                parts.append(f"<li>{label}</li>")
                depth_now = depth
        parts.append("</ul></details></li>" * depth_now + "</ul></div>")
        return "".join(parts)


def _can_show(text: str) -> bool:
    """Whether standard output can encode these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def snapshot(t: Tables, names: tuple[str, ...], most: int) -> Tree:
    """The tree of at most ``most`` actors, those nearest to the top.

    Args:
        t: the tables; the system may be running.
        names: the behaviours' names, by their indices.
        most: the most actors to show, at least 0.

    Raises:
        ValueError: if ``most`` is negative.
    """
    if most < 0:
        msg = f"most must be 0 or more, got {most}"
        raise ValueError(msg)
    live = _live(t)
    parents = _parents(t, live)
    shown = _nearest(live, parents, most)
    actors = _nodes(t, names, shown)
    return Tree(actors, live=len(live), left_out=len(live) - len(shown))


def _live(t: Tables) -> Words:
    """Slots of live actors, ascending; the guardian is not one of them."""
    lines = t.actor.reshape(-1, LINE)[: int(t.shared[shared_words.ACTOR_FRESH])]
    mail = lines[:, actor_row.MAIL].copy()
    live = np.flatnonzero((mail != 0) & (mail != linked.DEAD))
    return live[live != actor_row.GUARDIAN_SLOT] if t.supervised else live


def _parents(t: Tables, live: Words) -> Words:
    """Slot of each live actor's parent, BELOW_SYSTEM without a live parent."""
    if not t.supervised:
        return np.full(len(live), BELOW_SYSTEM)
    parents = t.actor.reshape(-1, LINE)[live, actor_row.KIN] >> SLOT_BITS
    parents[~np.isin(parents, live) | (parents == live)] = BELOW_SYSTEM
    return parents


def _nearest(live: Words, parents: Words, most: int) -> dict[int, int]:
    """Slots of at most ``most`` actors, breadth first, each with the parent to show it below.

    Words read at different moments may form cycles of parents. When only cycles are left,
    each is opened at its lowest slot. Every slot is taken once, so this ends.
    """
    order = np.argsort(parents, kind="stable")
    grouped = parents[order]
    shown: dict[int, int] = {}
    ahead = [BELOW_SYSTEM]
    unseen = iter(live.tolist())
    while len(shown) < most and len(shown) < len(live):
        if not ahead:
            start = next(slot for slot in unseen if slot not in shown)
            shown[start] = BELOW_SYSTEM
            ahead = [start]
            continue
        level = []
        for parent in ahead:
            first, after = np.searchsorted(grouped, [parent, parent + 1])
            for slot in live[order[first:after]].tolist():
                if slot not in shown and len(shown) < most:
                    shown[slot] = parent
                    level.append(slot)
        ahead = level
    return shown


def _nodes(t: Tables, names: tuple[str, ...], shown: dict[int, int]) -> tuple[Node, ...]:
    """The actors below the system; children are made before their parents."""
    below: dict[int, list[Node]] = {}
    rings = [t.rings]  # links of rings that may still be followed; links change meanwhile
    for slot, parent in reversed(shown.items()):
        children = tuple(reversed(below.pop(slot, [])))
        below.setdefault(parent, []).append(_node(t, names, slot, children, rings))
    return tuple(reversed(below.get(BELOW_SYSTEM, [])))


def _node(
    t: Tables, names: tuple[str, ...], slot: int, children: tuple[Node, ...], rings: list[int]
) -> Node:
    """Snapshot of one actor."""
    line = t.actor[slot * LINE : (slot + 1) * LINE].tolist()
    behaviour, ref, stage, restarts = (
        line[actor_row.BEHAVIOUR],
        (line[actor_row.REF] & ~SLOT_MASK) | slot,
        line[actor_row.STAGE],
        0,
    )
    if t.supervised:
        restarts = int(t.family[slot * family_row.WORDS + family_row.RESTARTS])
    else:
        stage = stages.ENDED if behaviour == NONE else stages.RUNNING
    stashed = back = 0
    if t.has_stash:
        stashed = int(t.aside[slot * LINE + aside_row.STASH_COUNT])
        back = int(t.aside[slot * LINE + aside_row.BACK_COUNT])
    boxed = int(entry_points.waiting_in_bounded(t, slot)) if t.has_bounded else 0
    return Node(
        name=names[behaviour] if 0 <= behaviour < len(names) else NO_NAME,
        # The slot of an ended actor is in the next generation already.
        ref=ref - (stage == stages.ENDED) * ONE_LIFE,
        stage=stages.NAMES[stage],
        waiting=_waiting(t, line, rings) + back + boxed,
        restarts=restarts,
        children=children,
        stashed=stashed,
    )


def _waiting(t: Tables, line: list[int], rings: list[int]) -> int:
    """Messages in an actor's mailbox: the unread ones of each of its linked rings.

    ``rings[0]`` is the number of links that may still be followed. It starts as the number
    of all rings, so it suffices unless links change meanwhile.
    """
    mail, ring = line[actor_row.MAIL], line[actor_row.READING]
    if mail & linked.CLOSED:
        return 0
    last = mail >> linked.RING_SHIFT
    end_of_last = (mail >> linked.FLAG_BITS) & linked.TAIL_MASK
    if t.has_signals and last == linked.NO_RING:
        return 0
    if t.has_signals and ring == linked.NO_RING:
        ring = line[actor_row.ATTACHED]  # its first ring, which the owner has not taken over yet
    waiting = 0
    while ring != last and 0 <= ring < t.rings and rings[0] > 0:
        rings[0] -= 1
        link = int(t.ring[ring * LINE + ring_row.NEXT])
        waiting += _between(t, ring, link & linked.TAIL_MASK)
        ring = (link >> linked.TAIL_BITS) - 1
    return waiting + _between(t, last, end_of_last)


def _between(t: Tables, ring: int, end: int) -> int:
    """Messages from a ring's head to a position; 0 if the two do not belong together."""
    left = (end - int(t.ring[ring * LINE + ring_row.HEAD])) & linked.TAIL_MASK
    return left if left <= t.ring_slots else 0
