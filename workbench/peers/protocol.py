"""The lines that a harness prints: read, and checked before anything is computed from them.

docs/peers.md explains the fields, peer-protocol.schema.json states their types. A field that is
not there is let pass where nothing depends on it; one of a wrong type never is.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

PROTOCOL = 1
MOST = (1 << 63) - 1  # no time, count or size is greater
LONGEST = 1 << 24  # bytes of a line; a full histogram takes a quarter of a million


class ProtocolError(ValueError):
    """A line breaks the protocol."""


def read(text: bytes) -> dict[str, Any]:
    """Return a line of the protocol, checked.

    Raises:
        ProtocolError: It is none.
    """
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):  # the latter: brackets without end
        msg = f"not JSON on standard output: {text[:60]!r}; use standard error for other text"
        raise ProtocolError(msg) from None
    kind = line.get("kind") if isinstance(line, dict) else None
    if kind not in ("peer", "iteration"):
        msg = f"a line of kind {_short(kind)}, expected 'peer' or 'iteration'"
        raise ProtocolError(msg)
    if kind == "peer":
        _check_hello(line)
    else:
        _check_iteration(line)
    return dict(line)


class Lines:
    """Cuts into lines all that comes through a pipe, piece by piece."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def take(self, piece: bytes) -> list[bytes]:
        """Return the lines that a piece ends.

        Raises:
            ProtocolError: A line has no end, as it seems.
        """
        *whole, rest = piece.split(b"\n")
        if whole:
            whole[0] = bytes(self._begun) + whole[0]
            self._begun.clear()
        self._begun += rest
        if len(self._begun) > LONGEST:
            msg = f"a line of more than {LONGEST >> 20} MiB: {bytes(self._begun[:60])!r}"
            raise ProtocolError(msg)
        return whole


def _check_hello(line: Mapping[str, Any]) -> None:
    if line.get("protocol") != PROTOCOL:
        msg = f"it speaks version {_short(line.get('protocol'))}, zbench speaks {PROTOCOL}"
        raise ProtocolError(msg)
    for key in ("peer", "version", "runtime"):
        if not isinstance(line.get(key), str):
            msg = f"the first line lacks {key}, a text"
            raise ProtocolError(msg)
    _check(line, "options", "names and texts, numbers or booleans", _are_options)


def _check_iteration(line: Mapping[str, Any]) -> None:
    for key in ("elapsed_ns", "messages"):
        if not _is_whole(line.get(key), 1):
            msg = f"{key} must be a whole number above 0, got {_short(line.get(key))}"
            raise ProtocolError(msg)
    _check(line, "error", "a text", lambda value: isinstance(value, str))
    _check(line, "answer", "a whole number", lambda value: _is_whole(value, -MOST))
    _check(line, "histogram", "a list of [ns, count], ascending, no count below 1", _is_histogram)
    for key in ("rss_bytes", "peak_rss_bytes"):
        _check(line, key, "a whole number", lambda value: _is_whole(value, 0))
    _check(line, "compile_ms", "a number", _is_number)
    _check(line, "extra", "names and numbers", _are_numbers)


def _check(line: Mapping[str, Any], key: str, kind: str, fits: Callable[[Any], bool]) -> None:
    """Refuse a field that is there, is not null and does not fit."""
    value = line.get(key)
    if value is not None and not fits(value):
        msg = f"{key} must be {kind}, got {_short(value)}"
        raise ProtocolError(msg)


def _is_whole(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= MOST


def _is_number(value: Any) -> bool:
    return _is_whole(value, -MOST) or (isinstance(value, float) and math.isfinite(value))


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _are_options(value: Any) -> bool:
    kinds = str | int | float  # a boolean is an integer
    return isinstance(value, dict) and all(isinstance(one, kinds) for one in value.values())


def _is_histogram(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    last = -1
    for pair in value:
        whole = isinstance(pair, list) and len(pair) == 2 and _is_whole(pair[1], 1)
        if not whole or not _is_whole(pair[0], last + 1):
            return False
        last = pair[0]
    return True


def _short(value: Any) -> str:
    """A wrong value, as a part of a line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "..."
