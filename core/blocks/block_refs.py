"""References to blocks: {generation, size class, index within the class}, never negative.

Generations start at 1, so that 0 is no ref, and have 35 bits. A block whose generations are used
up is retired, so that no ref comes true again: at 10 ns from an allocation to the next one that
takes 6 minutes of one block's constant use, and 250 blocks a day and worker.
"""

from zbench.core.compile.kernel import kernel

CLASS_SHIFT = 24
CLASS_MASK = (1 << 4) - 1
GENERATION_SHIFT = 28
LAST_GENERATION = (1 << 35) - 1
MOST_BLOCKS = (1 << CLASS_SHIFT) - 1  # of a class, and the mask of an index
FIRST_REF = 1 << GENERATION_SHIFT


@kernel
def ref_of(size_class: int, generation: int, index: int) -> int:
    """Pack a ref."""
    return (size_class << CLASS_SHIFT) | (generation << GENERATION_SHIFT) | index


@kernel
def class_of_ref(ref: int) -> int:
    """Size class of a block."""
    return (ref >> CLASS_SHIFT) & CLASS_MASK


@kernel
def generation_of_ref(ref: int) -> int:
    """Generation of the block that the ref names."""
    return ref >> GENERATION_SHIFT


@kernel
def index_of_ref(ref: int) -> int:
    """Index of a block within its class."""
    return ref & MOST_BLOCKS
