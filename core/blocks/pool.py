"""The block pool for Python: allocating, reading, large blocks, statistics, leaks."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray
from zbench.core.blocks import block_tables as bl
from zbench.core.blocks.block_refs import LAST_GENERATION, ref_of
from zbench.core.blocks.block_tables import BlockTables, new_block_tables
from zbench.core.blocks.region import Region
from zbench.core.compile.kernel import cached_kernel
from zbench.core.compile.prepared import Prepared
from zbench.core.errors import BlockPoolError, check_among, check_flag, check_is, integer
from zbench.core.memory.index_pool import POOL_BATCH
from zbench.core.memory.layout.lines import LINE, NONE, PAIR

CLASSES = {"standard": bl.STANDARD, "fine": bl.FINE}
BLOCKS = 1024  # of each class, by default
LEAKS_SHOWN = 20
MOST_WORKERS = 256
MOST_BYTES = 1 << 48
LARGE = 0  # stands for a size in the class of large blocks


@dataclass(frozen=True)
class ClassStatistics:
    """Figures of one size class; exact while no worker allocates or frees.

    ``size`` is in bytes, 0 for large blocks; ``capacity`` and ``in_use`` count blocks;
    ``bytes`` is the requested size of all live blocks; ``refused`` counts frees of outdated
    refs; ``overwritten`` blocks written to after they were freed (checked mode).
    """

    size: int
    capacity: int
    in_use: int
    allocations: int
    frees: int
    failures: int
    bytes: int
    cache_hits: int
    refused: int
    overwritten: int


@dataclass(frozen=True)
class Leak:
    """A live block: sizes in bytes, ``size_class`` 0 for a large block."""

    ref: int
    size_class: int
    size: int
    worker: int  # allocated it; the number of workers stands for Python
    tag: str


@cached_kernel
def _allocate(b: BlockTables, size: int, tag: int) -> int:
    return bl.allocate(b, b.workers, size, tag)


@cached_kernel
def _begin_large(b: BlockTables, index: int, size: int, tag: int) -> int:
    return bl.begin(b, b.workers, b.class_count - 1, index, size, tag)


@cached_kernel
def _free(b: BlockTables, ref: int) -> bool:
    return bl.free(b, b.workers, ref)


@cached_kernel
def _is_live(b: BlockTables, ref: int) -> bool:
    return bl.is_live(b, ref)


@cached_kernel
def _where(b: BlockTables, ref: int) -> tuple[int, int, int]:
    """First word of a live block, the word after its last, and its size; or NONE."""
    if not bl.is_live(b, ref):
        return NONE, NONE, 0
    start = bl.place_of(b, ref)
    return start, start + bl.length_of(b, ref), bl.size_of(b, ref)


@cached_kernel
def _has_ended(b: BlockTables, ref: int) -> bool:
    return bl.has_ended(b, ref)


class BlockPool:
    """Blocks for payloads that do not fit a message.

    Workers use ``tables`` with the kernels of core.blocks.block_tables; any Python thread may
    call the methods here. The requested number of blocks can be live at once, whichever
    worker allocates them: each class has as many more as the workers' caches may keep.

    Args:
        workers: Number of workers that allocate and free, 1 to 256.
        blocks: Number of blocks by size class in bytes; instead of ``classes``.
        classes: "standard" (64, 256, 1024 bytes) or "fine" (64 to 8192), 1024 blocks each.
        large_bytes: Memory for blocks beyond the largest class, which only Python allocates.
        checked: Detect use after free and every double free; costs time.

    Raises:
        TypeError: An argument is of another type.
        ValueError: There are no such classes, or a size or number is not allowed.
    """

    def __init__(
        self,
        workers: int,
        blocks: Mapping[int, int] | None = None,
        *,
        classes: Literal["standard", "fine"] = "standard",
        large_bytes: int = 0,
        checked: bool = False,
    ) -> None:
        check_among("classes", classes, tuple(CLASSES))
        check_flag("checked", checked)
        workers = integer("workers", workers, 1, MOST_WORKERS)
        large_bytes = integer("large_bytes", large_bytes, 0, MOST_BYTES)
        wanted = dict.fromkeys(CLASSES[classes], BLOCKS) if blocks is None else _numbers(blocks)
        kept = workers * 2 * POOL_BATCH
        self.tables: BlockTables = new_block_tables(
            workers,
            {size: number + kept for size, number in wanted.items()},
            large_bytes=large_bytes,
            checked=checked,
        )
        self.sizes = (*sorted(wanted), LARGE)
        self._classes = self.tables.classes.reshape(-1, LINE)
        self._header = self.tables.header.reshape(-1, LINE)
        _, self._large_blocks, _, first_word = self._classes[-1, :4].tolist()
        self._region = Region(first_word, len(self.tables.memory) - first_word)
        self._large: dict[int, int] = {}  # index -> ref, of large blocks not taken back yet
        self._tags = {"": 0}
        self._prepare = Prepared(self.tables, BlockPoolError).prepare
        self._lock = threading.RLock()  # owns row `workers` of the tables and all above

    def tag(self, name: str) -> int:
        """Number that stands for a tag in kernels; the same name, the same number."""
        check_is("a tag", name, str, "a string")
        with self._lock:
            return self._tags.setdefault(name, len(self._tags))

    def allocate(self, size: int, tag: str = "") -> int:
        """Take a block of at least ``size`` bytes; its ref.

        Raises:
            BlockPoolError: No block, or no memory for a large one, is free.
            ValueError: The size is negative.
        """
        size = integer("the size of a block", size)
        if size < 0:
            msg = f"a block has 0 bytes or more, got {size}"
            raise ValueError(msg)
        number = self.tag(tag)
        self._prepare(_allocate, 0, 0)
        if size > self.sizes[-2]:
            self._prepare(_begin_large, 0, 0, 0)
            self._prepare(_has_ended, 0)
        with self._lock:
            ref = self._allocate_large(size, number) if size > self.sizes[-2] else NONE
            if ref == NONE:
                # Where there was no memory for a large one, this only counts the failure.
                ref = _allocate(self.tables, size, number)
        if ref == NONE:
            msg = f"no block for {size} bytes is free; {self._room_for(size)}"
            raise BlockPoolError(msg)
        return ref

    def _allocate_large(self, size: int, tag: int) -> int:
        """Take a large block out of the region; its ref or NONE."""
        self._take_back()
        words = -(-size // bl.LINE_BYTES) * LINE
        index = next((k for k in range(self._large_blocks) if self._is_free(k)), NONE)
        start = self._region.take(words) if index != NONE else None
        if start is None:
            return NONE
        self._header_of_large(index)[[bl.PLACE, bl.LENGTH]] = start, words
        self._large[index] = _begin_large(self.tables, index, size, tag)
        return self._large[index]

    def _is_free(self, index: int) -> bool:
        """Whether an index is that of no large block, and its generations are not used up."""
        if index in self._large:
            return False
        return int(self._header_of_large(index)[bl.STAMP]) >> 1 <= LAST_GENERATION

    def _take_back(self) -> None:
        """Return the memory of freed large blocks to the region."""
        for index, ref in list(self._large.items()):
            if not _has_ended(self.tables, ref):
                continue
            start, words = self._header_of_large(index)[[bl.PLACE, bl.LENGTH]].tolist()
            if self.tables.checked:
                self.tables.memory[start : start + words] = bl.POISON
            self._region.give(start, words)
            del self._large[index]

    def _header_of_large(self, index: int) -> NDArray[np.int64]:
        return self._header[self._classes[-1, bl.FIRST_BLOCK] + index]

    def _room_for(self, size: int) -> str:
        """Reason why an allocation failed."""
        if size > self.sizes[-2]:
            with self._lock:
                hole = self._region.largest_hole() * bl.WORD_BYTES
            return f"the largest hole for large blocks has {hole} bytes; raise large_bytes"
        of_class = next(s for s in self.statistics() if s.size >= size)
        return (
            f"{of_class.in_use} of {of_class.capacity} blocks of {of_class.size} bytes are in use"
        )

    def free(self, ref: int) -> bool:
        """Give a block back; False if the ref is out of date or was never valid."""
        block = integer("ref", ref)
        self._prepare(_free, 0)
        with self._lock:
            return bool(_free(self.tables, block))

    def is_live(self, ref: int) -> bool:
        """Whether the ref names a block in use."""
        return bool(_is_live(self.tables, integer("ref", ref)))

    def view(self, ref: int, dtype: DTypeLike = np.uint8) -> NDArray[Any]:
        """The block's bytes in place, as whole elements of a type: shape (size // itemsize,).

        Raises:
            BlockPoolError: The ref is out of date.
        """
        start, end, size = _where(self.tables, integer("ref", ref))
        if start == NONE:
            msg = f"block {ref:#x} was freed or never allocated"
            raise BlockPoolError(msg)
        element = np.dtype(dtype)
        return self.tables.memory[start:end].view(element)[: size // element.itemsize]

    def write(self, ref: int, data: bytes) -> None:
        """Copy bytes to the start of a block; raises as ``view`` does.

        Raises:
            ValueError: The block was allocated with fewer bytes.
        """
        target = self.view(ref)
        check_is("data", data, (bytes, bytearray, memoryview), "bytes")
        if len(data) > len(target):
            msg = f"{len(data)} bytes do not fit a block of {len(target)}"
            raise ValueError(msg)
        target[: len(data)] = np.frombuffer(data, np.uint8)

    def read(self, ref: int) -> bytes:
        """A copy of the block's bytes; raises as ``view`` does."""
        return self.view(ref).tobytes()

    def statistics(self) -> list[ClassStatistics]:
        """Figures of each size class, smallest first, large blocks last."""
        counters = self.tables.counters.reshape(-1, len(self.sizes), PAIR).sum(axis=0).tolist()
        return [
            ClassStatistics(
                size=size,
                capacity=int(self._classes[c, bl.CAPACITY]),
                in_use=counted[bl.ALLOCATED] - counted[bl.FREED],
                allocations=counted[bl.ALLOCATED],
                frees=counted[bl.FREED],
                failures=counted[bl.FAILED],
                bytes=counted[bl.BYTES],
                cache_hits=counted[bl.ALLOCATED] - counted[bl.REFILLS] if size != LARGE else 0,
                refused=counted[bl.REFUSED],
                overwritten=counted[bl.OVERWRITTEN],
            )
            for c, (size, counted) in enumerate(zip(self.sizes, counters, strict=True))
        ]

    def leaks(self) -> list[Leak]:
        """Live blocks; one whose ref nobody holds any more is a leak."""
        stamps = self._header[:, bl.STAMP]
        names = list(self._tags)
        firsts = self._classes[:, bl.FIRST_BLOCK]
        found = []
        for block in np.flatnonzero(stamps & bl.LIVE).tolist():
            c = int(np.searchsorted(firsts, block, side="right")) - 1
            _, size, tag, worker = self._header[block, :4].tolist()
            found.append(
                Leak(
                    ref=ref_of(c, int(stamps[block]) >> 1, block - int(firsts[c])),
                    size_class=self.sizes[c],
                    size=size,
                    worker=worker,
                    tag=names[tag] if 0 <= tag < len(names) else str(tag),
                )
            )
        return found

    def leak_report(self) -> str:
        """Live blocks as text: the total, and a table of the first few."""
        found = self.leaks()
        lines = [f"{len(found)} blocks are live, {sum(leak.size for leak in found)} bytes"]
        if found:
            lines.append(f"{'ref':>18} {'class':>6} {'bytes':>9} {'worker':>6}  tag")
        for leak in found[:LEAKS_SHOWN]:
            size_class = leak.size_class or "large"
            lines.append(
                f"{leak.ref:#18x} {size_class:>6} {leak.size:>9} {leak.worker:>6}  {leak.tag}"
            )
        if len(found) > LEAKS_SHOWN:
            lines.append(f"and {len(found) - LEAKS_SHOWN} more")
        return "\n".join(lines)


def _numbers(blocks: Mapping[int, int]) -> dict[int, int]:
    """Numbers of blocks by size, as plain ints."""
    check_is("blocks", blocks, Mapping, "a dict of sizes and numbers of blocks")
    return {
        integer("a size in bytes", size): integer(f"the number of blocks of {size} bytes", number)
        for size, number in blocks.items()
    }
