"""Fake sides and cells, and the runs that come of them."""

import sys

from zbench.peers.catalogue import Peer, Variant
from zbench.versus.results import to_run
from zbench.versus.session import Cell, Contender, Side, VersusSettings, measure

from tests.workbench.peers.fakes import HARNESS

ROUNDS = 3
PARAMETERS = {"messages": 1000}
SETTINGS = VersusSettings(rounds=ROUNDS, iterations=8, timeout=20)


def measured(*sides, settings=SETTINGS, **of):
    """The run of one cell with these sides."""
    return to_run(measure([cell(*sides, **of)], settings), None)


def side(name, *arguments, variant="default", warmup_s=0):
    """A side that prints what the fake harness prints with these arguments."""
    chosen = Variant(variant, tuple(map(str, arguments)))
    peer = Peer(name, name, "Python", {}, ("counting",), (sys.executable, str(HARNESS)),
                warmup_s=warmup_s)  # fmt: skip
    return Side(peer, chosen, None)


def cell(*sides, iterations=8, cores=1):
    """Counting on these sides."""
    return Cell("counting", PARAMETERS, cores, [Contender(one, iterations) for one in sides])
