"""Python payloads as bytes: serialisers by name, and the envelope they travel in.

An envelope is

    1 byte      format (low four bits), version (three bits), COMPRESSED (the highest bit)
    n bytes     only if the format is NAMED: a length byte and the serialiser's name, UTF-8
    1-5 bytes   size of the payload as the serialiser made it, seven bits a byte, low first
    ...         the payload, compressed by zlib (RFC 1950) if COMPRESSED
    4 bytes     CRC-32 of everything before, little-endian

The checksum finds accidents, not forgeries. Nothing is unpickled and nothing larger than
``most_bytes`` is unpacked, so foreign bytes cost a ``ValueError`` at worst.
"""

import importlib
import io
import json
import math
import zlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike, NDArray

GROUP = "zbench.message.serializer"  # entry points: name -> a serialiser or its class

NAMED = 0
FORMATS = {"binary": 1, "json": 2}
FORMAT_MASK = 0x0F
VERSION_MASK = 0x70  # 0 so far
COMPRESSED = 0x80
CHECK_BYTES = 4
NAME_BYTES = 255
SIZE_BYTES = 5  # of a size: payloads up to 32 GiB

COMPRESS_ABOVE = 1024  # bytes; smaller payloads seldom repay the attempt
LEVEL = 1  # zlib's fastest: a message is compressed and read once
MOST_BYTES = 64 << 20

BYTES = b"\0"  # first byte of Binary's output: bytes as they are, or ...
ARRAY = b"\1"  # ... an array with its dtype and shape, in NumPy's .npy format
NPY_VERSION = (2, 0)


class SerialiseError(ValueError):
    """A value cannot become bytes, or bytes cannot become a value."""


@runtime_checkable
class Serialiser(Protocol):
    """An object that turns values into bytes and back; it must not keep given bytes."""

    def dumps(self, value: Any) -> bytes:
        """Bytes of a value."""

    def loads(self, data: bytes) -> Any:
        """Value of bytes that ``dumps`` made; a ValueError on any others."""


class Binary:
    """Bytes as they are, and NumPy arrays and records without pickle.

    Args:
        dtype: given, every value is an array of it (or makes one: a record, a list of
            tuples) and only the items' bytes are sent; ``loads`` gives an array of one
            dimension. Without it, bytes-like values come back as bytes, and arrays and
            NumPy scalars with their dtype and shape, which cost about 130 bytes; arrays
            of no dimension come back as scalars, and field names must be Latin-1.
    """

    def __init__(self, dtype: DTypeLike | None = None) -> None:
        self.dtype = None if dtype is None else np.dtype(dtype)
        if self.dtype is not None and (self.dtype.hasobject or self.dtype.itemsize == 0):
            msg = f"items of {self.dtype} have no bytes of their own; give a dtype of fixed size"
            raise SerialiseError(msg)

    def dumps(self, value: Any) -> bytes:
        """Bytes of bytes, an array or a record."""
        if self.dtype is not None:
            try:
                return np.asarray(value, self.dtype).tobytes()
            except (TypeError, ValueError, OverflowError) as error:
                msg = f"{_short(value)} is no array of {self.dtype}: {error}"
                raise SerialiseError(msg) from error
        if isinstance(value, bytes | bytearray | memoryview):
            return BYTES + bytes(value)
        if isinstance(value, np.ndarray | np.generic):
            return ARRAY + _npy(np.asarray(value))
        msg = f"binary takes bytes, NumPy arrays and records, got {type(value).__name__}; use json"
        raise SerialiseError(msg)

    def loads(self, data: bytes) -> Any:
        """The bytes or the array; an array is a copy that may be written to."""
        if self.dtype is not None:
            if len(data) % self.dtype.itemsize:
                msg = f"{len(data)} bytes are no whole number of items of {self.dtype.itemsize}"
                raise SerialiseError(msg)
            return np.frombuffer(data, self.dtype).copy()
        if data[:1] == BYTES:
            return data[1:]
        if data[:1] == ARRAY:
            return _from_npy(data[1:])
        msg = f"binary data starts with 0 or 1, got {data[:1]!r}"
        raise SerialiseError(msg)


class Json:
    """Values of the standard library's json, as compact UTF-8; no NaN, no infinity.

    Tuples come back as lists, and keys of dicts as strings.
    """

    def dumps(self, value: Any) -> bytes:
        """The value as JSON."""
        try:
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            return text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            msg = f"json cannot write {_short(value)}: {error}"
            raise SerialiseError(msg) from error

    def loads(self, data: bytes) -> Any:
        """The value of JSON."""
        try:
            return json.loads(data.decode())
        except (ValueError, RecursionError) as error:
            msg = f"json cannot read {_short(data)}: {error}"
            raise SerialiseError(msg) from error


class Protobuf:
    """Messages of one class that protoc generated; needs the extra ``protobuf``.

    Args:
        message_class: a subclass of ``google.protobuf.message.Message``.

    Raises:
        ImportError: if the library is not installed.
        SerialiseError: if the class is not one.
    """

    def __init__(self, message_class: Any) -> None:
        try:
            library = importlib.import_module("google.protobuf.message")
        except ImportError as error:
            msg = "the library protobuf is not installed; pip install 'zbench[protobuf]'"
            raise ImportError(msg) from error
        if not (isinstance(message_class, type) and issubclass(message_class, library.Message)):
            msg = f"{message_class!r} is no class of protobuf messages"
            raise SerialiseError(msg)
        self._class: Any = message_class
        self._error: type[Exception] = library.Error

    def dumps(self, value: Any) -> bytes:
        """The message's bytes; equal messages give equal bytes within a version."""
        if not isinstance(value, self._class):
            msg = f"a {self._class.__name__} is needed, got {type(value).__name__}"
            raise SerialiseError(msg)
        try:
            return bytes(value.SerializeToString(deterministic=True))
        except self._error as error:
            msg = f"protobuf cannot write a {self._class.__name__}: {error}"
            raise SerialiseError(msg) from error

    def loads(self, data: bytes) -> Any:
        """The message."""
        try:
            return self._class.FromString(data)
        except self._error as error:
            msg = f"protobuf cannot read a {self._class.__name__}: {error}"
            raise SerialiseError(msg) from error


_known: dict[str, Serialiser] = {"binary": Binary(), "json": Json()}


def register(name: str, serialiser: Serialiser) -> None:
    """Make a serialiser known under a name, which its envelopes carry.

    Raises:
        ValueError: if the name is taken or not 1 to 255 bytes, or the object has no
            ``dumps`` and ``loads``.
    """
    if not 1 <= len(name.encode()) <= NAME_BYTES:
        msg = f"a serialiser's name has 1 to {NAME_BYTES} bytes, got {len(name.encode())}"
        raise ValueError(msg)
    if name in _known:
        msg = f"a serialiser is already called {name!r}; choose another name"
        raise ValueError(msg)
    if isinstance(serialiser, type) or not isinstance(serialiser, Serialiser):
        msg = f"{serialiser!r} is no serialiser: an object with dumps and loads is needed"
        raise ValueError(msg)
    _known[name] = serialiser


def serialisers() -> list[str]:
    """Names of all known serialisers, including those of entry points."""
    return sorted({*_known, *(point.name for point in entry_points(group=GROUP))})


def find(name: str) -> Serialiser:
    """The serialiser of a name: registered, or from an entry point of ``GROUP``.

    Raises:
        SerialiseError: if there is none (the message lists the known names), or if the
            entry point's object cannot be loaded.
    """
    if name not in _known:
        points = entry_points(group=GROUP, name=name)
        if not points:
            msg = f"no serialiser is called {name!r}; known: {', '.join(serialisers())}"
            if name == "protobuf":
                msg += "; register('my name', Protobuf(MyMessage)) makes one for a message"
            raise SerialiseError(msg)
        register(name, _loaded(next(iter(points))))
    return _known[name]


def encode(
    value: Any, serialiser: str = "binary", compress_above: int | None = COMPRESS_ABOVE
) -> bytes:
    """An envelope with the value.

    Args:
        value: a value that the serialiser takes.
        serialiser: a name, see ``serialisers``.
        compress_above: payloads of more bytes are compressed, if that makes them smaller;
            None never compresses.

    Raises:
        SerialiseError: if the name is unknown or the serialiser cannot take the value.
    """
    payload: Any = find(serialiser).dumps(value)  # a user's may return anything
    if not isinstance(payload, bytes):
        msg = f"dumps of {serialiser!r} must return bytes, got {type(payload).__name__}"
        raise SerialiseError(msg)
    start = FORMATS.get(serialiser, NAMED)
    size = _size_bytes(len(payload))
    if compress_above is not None and len(payload) > compress_above:
        smaller = zlib.compress(payload, LEVEL)
        if len(smaller) < len(payload):
            payload, start = smaller, start | COMPRESSED
    label = b""
    if start & FORMAT_MASK == NAMED:
        label = serialiser.encode()
        label = bytes([len(label)]) + label
    whole = b"".join((bytes([start]), label, size, payload))
    return whole + zlib.crc32(whole).to_bytes(CHECK_BYTES, "little")


def decode(data: bytes, most_bytes: int = MOST_BYTES) -> Any:
    """The value in an envelope that ``encode`` made.

    Args:
        data: the whole envelope and nothing else.
        most_bytes: refuse payloads that are larger once unpacked.

    Raises:
        SerialiseError: if the data is truncated, damaged or too large, or if its
            serialiser is not known here.
    """
    data = bytes(data)
    whole = data[:-CHECK_BYTES]
    if not whole or zlib.crc32(whole).to_bytes(CHECK_BYTES, "little") != data[-CHECK_BYTES:]:
        msg = f"the envelope of {len(data)} bytes is truncated or damaged: its checksum differs"
        raise SerialiseError(msg)
    if whole[0] & VERSION_MASK:
        msg = f"the envelope is of version {(whole[0] & VERSION_MASK) >> 4}, only 0 is known"
        raise SerialiseError(msg)
    name, at = _name(whole)
    size, at = _size(whole, at)
    if size > most_bytes:
        msg = f"the payload has {size} bytes, at most {most_bytes} are allowed; raise most_bytes"
        raise SerialiseError(msg)
    payload = whole[at:]
    if whole[0] & COMPRESSED:
        payload = _unpacked(payload, size)
    if len(payload) != size:
        msg = f"the payload has {len(payload)} bytes, its envelope says {size}"
        raise SerialiseError(msg)
    return find(name).loads(payload)


def _name(whole: bytes) -> tuple[str, int]:
    """Name of the serialiser, and the offset after it."""
    number = whole[0] & FORMAT_MASK
    if number != NAMED:
        for name, known in FORMATS.items():
            if number == known:
                return name, 1
        msg = f"the envelope's format {number} is unknown; known: 0 to {max(FORMATS.values())}"
        raise SerialiseError(msg)
    end = 2 + whole[1] if len(whole) > 1 else 2
    try:
        name = whole[2:end].decode()
    except UnicodeDecodeError:
        name = ""
    if end > len(whole) or not name:
        msg = "the envelope's serialiser has no readable name"
        raise SerialiseError(msg)
    return name, end


def _size_bytes(size: int) -> bytes:
    """A size, seven bits a byte, the highest bit set in all but the last."""
    if size >> (7 * SIZE_BYTES):
        msg = f"a payload of {size} bytes is too large, at most {1 << 7 * SIZE_BYTES} are possible"
        raise SerialiseError(msg)
    made = bytearray()
    while size > 0x7F:
        made.append(size & 0x7F | 0x80)
        size >>= 7
    made.append(size)
    return bytes(made)


def _size(whole: bytes, at: int) -> tuple[int, int]:
    """The size that starts at a byte, and the offset after it."""
    size = 0
    for k, byte in enumerate(whole[at : at + SIZE_BYTES]):
        size |= (byte & 0x7F) << (7 * k)
        if byte < 0x80:
            return size, at + k + 1
    msg = "the envelope ends before the size of its payload does"
    raise SerialiseError(msg)


def _unpacked(payload: bytes, size: int) -> bytes:
    """Unpack a payload of ``size`` bytes; at most one byte more is ever in memory."""
    stream = zlib.decompressobj()
    try:
        made = stream.decompress(payload, size + 1)
    except zlib.error as error:
        msg = f"the compressed payload is damaged: {error}"
        raise SerialiseError(msg) from error
    if not stream.eof or stream.unused_data:
        msg = f"the compressed payload does not end after the {size} bytes its envelope says"
        raise SerialiseError(msg)
    return made


def _npy(array: NDArray[Any]) -> bytes:
    """An array in NumPy's .npy format."""
    made = io.BytesIO()
    try:
        np.lib.format.write_array(made, array, NPY_VERSION, allow_pickle=False)
    except ValueError as error:
        msg = f"binary cannot write an array of {array.dtype}: {error}"
        raise SerialiseError(msg) from error
    return made.getvalue()


def _from_npy(data: bytes) -> Any:
    """The array, or the NumPy scalar if it has no dimension."""
    stream = io.BytesIO(data)
    try:
        if np.lib.format.read_magic(stream) != NPY_VERSION:
            raise ValueError("another version")
        shape, by_column, dtype = np.lib.format.read_array_header_2_0(stream)
    except Exception as error:  # foreign text is parsed: it may fail in any way
        msg = f"the array's header is damaged: {error}"
        raise SerialiseError(msg) from error
    rest = data[stream.tell() :]
    if dtype.hasobject or min(shape, default=0) < 0:
        msg = f"an array of {dtype}, shape {shape}, is not allowed"
        raise SerialiseError(msg)
    if len(rest) != math.prod(shape) * dtype.itemsize:
        msg = f"the array has {len(rest)} bytes, its header says {dtype}, shape {shape}"
        raise SerialiseError(msg)
    flat = np.ndarray(shape, dtype, rest, order="F" if by_column else "C")
    return flat.copy(order="K")[()]


def _loaded(point: EntryPoint) -> Serialiser:
    """The serialiser of an entry point."""
    try:
        made = point.load()
        return made() if isinstance(made, type) else made
    except Exception as error:  # anything may happen in a user's module
        msg = f"can't load serialiser {point.name!r} from {point.value}: {error}"
        raise SerialiseError(msg) from error


def _short(value: Any) -> str:
    """Text of a value for a one-line error."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
