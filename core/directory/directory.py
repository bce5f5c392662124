"""Names of actors: registered by Python's threads, looked up by behaviours."""

import hashlib
import threading

from zbench.core.compile.kernel import cached_kernel
from zbench.core.directory import hash_table
from zbench.core.directory.hash_table import RouteTables
from zbench.core.errors import DirectoryError, check_is, integer
from zbench.core.memory.layout.lines import NONE

MOST_NAMES = 1 << 24
MOST_WORKERS = 256
MOST_REF = (1 << 63) - 1
KEY_BYTES = 8


@cached_kernel
def find(routes: RouteTables, key: int) -> int:
    """``hash_table.find`` for Python."""
    return hash_table.find(routes, key)


class Directory:
    """Names and their refs; any thread may use it at any time.

    Kernels read ``tables``: ``hash_table.lookup(tables, worker, key)`` goes through the
    worker's own cache, ``hash_table.find(tables, key)`` does not. Neither takes the lock.

    Args:
        capacity: number of names that fit, at least; it does not grow.
        workers: rows of caches, one for each thread that calls ``hash_table.lookup``.

    Attributes:
        tables: the routes as kernels take them.

    Raises:
        ValueError: on a size out of its range.
    """

    def __init__(self, capacity: int, workers: int) -> None:
        capacity = integer("capacity", capacity, 1, MOST_NAMES)
        workers = integer("workers", workers, 1, MOST_WORKERS)
        self.tables = hash_table.new_routes(capacity, workers)
        self._lock = threading.RLock()  # a signal handler may use the directory too
        self._names: dict[int, str] = {}  # key -> name

    @staticmethod
    def key(name: str) -> int:
        """The key of a name: 64 bits of its BLAKE2b, never 0; the same in every process."""
        check_is("a name", name, str, "a string")
        digest = hashlib.blake2b(name.encode(), digest_size=KEY_BYTES).digest()
        return int.from_bytes(digest, "little", signed=True) or 1

    def register(self, name: str, ref: int, *, replace: bool = False) -> None:
        """Register a name for a ref.

        Args:
            name: any string but the empty one.
            ref: {generation, slot}, from 0.
            replace: whether a name that is taken moves to the new ref; a lookup meanwhile
                finds the old ref or the new one, never none.

        Raises:
            ValueError: on an empty name, or a ref out of its range.
            DirectoryError: the name is taken, its key is another name's, or no room is left.
        """
        key = self.key(name)
        if not name:
            msg = "a name must not be empty"
            raise ValueError(msg)
        ref = integer("ref", ref, 0, MOST_REF)
        with self._lock:
            held = self._names.get(key, name)
            if held != name:
                msg = f"{name!r} has the same key as {held!r}, {key}; choose another name"
                raise DirectoryError(msg)
            if key in self._names and not replace:
                msg = f"{name!r} is registered already; unregister it or pass replace=True"
                raise DirectoryError(msg)
            if not hash_table.insert(self.tables, key, ref):
                msg = (
                    f"no room for {name!r}: {len(self._names)} names fill 7/8 of "
                    f"{self.tables.mask + 1} slots; give the directory a larger capacity"
                )
                raise DirectoryError(msg)
            self._names[key] = name

    def unregister(self, name: str) -> None:
        """Forget a name.

        Raises:
            DirectoryError: it is not registered.
        """
        key = self.key(name)
        with self._lock:
            if self._names.get(key) != name:
                msg = f"{name!r} is not registered"
                raise DirectoryError(msg)
            hash_table.remove(self.tables, key)
            del self._names[key]

    def lookup(self, name: str) -> int | None:
        """The ref of a name, or None."""
        key = self.key(name)
        with self._lock:  # no writer is at work, so the answer is never BUSY
            ref = find(self.tables, key) if self._names.get(key) == name else NONE
        return None if ref == NONE else int(ref)

    def names(self) -> list[str]:
        """The names registered now, sorted."""
        with self._lock:
            return sorted(self._names.values())
