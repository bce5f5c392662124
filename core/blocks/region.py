"""First fit over a range of words, for blocks too large and too rare for a class."""

from bisect import bisect


class Region:
    """The free words of a range. Not thread-safe; the caller holds a lock.

    Knuth, The Art of Computer Programming, volume 1, section 2.5, algorithm A; holes are
    kept in order of address in a list, so that neighbours are joined when one comes back.

    Args:
        start: First word.
        words: Number of words.
    """

    def __init__(self, start: int, words: int) -> None:
        self._holes = [(start, words)] if words else []

    def take(self, words: int) -> int | None:
        """First of ``words`` adjacent words, from the lowest hole that has them; None if none."""
        for k, (start, length) in enumerate(self._holes):
            if length >= words:
                rest = [(start + words, length - words)] if length > words else []
                self._holes[k : k + 1] = rest
                return start
        return None

    def give(self, start: int, words: int) -> None:
        """Give back words that ``take`` returned."""
        k = bisect(self._holes, (start, words))
        end = start + words
        if k < len(self._holes) and self._holes[k][0] == end:
            end += self._holes.pop(k)[1]
        if k > 0 and sum(self._holes[k - 1]) == start:
            k -= 1
            start = self._holes.pop(k)[0]
        self._holes.insert(k, (start, end - start))

    def largest_hole(self) -> int:
        """Words of the largest block that ``take`` can give."""
        return max((length for _, length in self._holes), default=0)
