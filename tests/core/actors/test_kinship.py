"""A parent's list of children matches a plain list while children come and go."""

import random
import secrets

from zbench.core.actors import kinship
from zbench.core.memory.layout import family_row
from zbench.core.system.allocation import new_tables

PARENT = 0
STEPS = 2000
SLOTS = range(1, 40)


def children_of(t, parent):
    """Slots of a parent's children, youngest first."""
    child, found = int(t.family[parent * family_row.WORDS + family_row.CHILD]), []
    while child != 0:
        found.append(child - 1)
        child = int(kinship.older(t, child - 1))
    return found


def test_children_stay_in_the_order_of_their_birth_whichever_of_them_end():
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    pick = random.Random(seed)
    t = new_tables(workers=1, actors=64, rings=8, ring_slots=2, state_words=1, supervised=True)
    plain = []
    for _ in range(STEPS):
        free = [slot for slot in SLOTS if slot not in plain]
        if free and pick.random() < 0.5:
            child = pick.choice(free)
            kinship.adopt(t, PARENT, child)
            plain.insert(0, child)
            assert kinship.parent_of(t, child) == PARENT
        elif plain:
            child = pick.choice([*plain, plain[0], plain[-1]])
            kinship.disown(t, PARENT, child)
            plain.remove(child)
            assert t.family[child * family_row.WORDS + family_row.YOUNGER] == 0, (
                "the slot's next life"
            )
        assert children_of(t, PARENT) == plain


def test_each_child_is_noted_once_however_many_end():
    t = new_tables(workers=1, actors=8192, rings=8, ring_slots=2, state_words=1, supervised=True)
    for child in range(1, 8000):
        kinship.adopt(t, PARENT, child)
    kinship.disown(t, PARENT, 1)
    youngers = t.family.reshape(-1, family_row.WORDS)[2:7999, family_row.YOUNGER]
    assert list(youngers) == list(range(4, 8001)), "one walk notes them all"
