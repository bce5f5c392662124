"""Shared memory of the explored threads."""

import numpy as np


class SharedArray:
    """An array of ints whose accesses go through the running thread's store buffer."""

    machine = None  # the explorer's, while a schedule runs

    def __init__(self, values, name="array"):
        self.data = [int(v) for v in values]
        self.name = name

    def __len__(self):
        return len(self.data)

    def check(self, i):
        """Refuse an index outside: compiled code would silently read past the end."""
        if not 0 <= i < len(self.data):
            raise IndexError(f"{self.name}[{i}] of {len(self.data)}")

    def at(self, i):
        """Name of a cell, in traces."""
        self.check(i)
        return f"{self.name}[{i}]"

    def __getitem__(self, i):
        if isinstance(i, slice):
            return View(self, i.start)
        self.check(i)
        machine = SharedArray.machine
        return self.data[i] if machine is None else machine.read(self, i)

    def __setitem__(self, i, value):
        self.check(i)
        machine = SharedArray.machine
        if machine is None:
            self.data[i] = int(value)
        else:
            machine.write(self, i, int(value))


class View:
    """A slice of a shared array."""

    def __init__(self, array, start):
        self.array, self.start = array, start

    def __getitem__(self, i):
        return self.array[self.start + i]

    def __setitem__(self, i, value):
        self.array[self.start + i] = value


def share(tables):
    """The same NamedTuple over shared memory."""
    return tables._replace(
        **{
            name: SharedArray(column, name)
            for name, column in tables._asdict().items()
            if isinstance(column, np.ndarray)
        }
    )
