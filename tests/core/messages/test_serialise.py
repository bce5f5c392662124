import importlib
import json
import sys
import types
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from zbench.core.messages import serialise
from zbench.core.messages.serialise import (
    Binary,
    Json,
    Protobuf,
    SerialiseError,
    Serialiser,
    decode,
    encode,
    register,
)

RECORD = np.dtype([("account", "i8"), ("amount", "f8"), ("flags", "u1")])
SIZED = settings(print_blob=True, deadline=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
DTYPES = arrays.scalar_dtypes() | st.just(RECORD)


class Reversed:
    """A user's serialiser."""

    def dumps(self, value):
        return value.encode()[::-1]

    def loads(self, data):
        return data[::-1].decode()


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """Serialisers that a test registers are forgotten after it."""
    monkeypatch.setattr(serialise, "_known", dict(serialise._known))


def sealed(whole):
    """An envelope of these bytes with a correct checksum."""
    return whole + zlib.crc32(whole).to_bytes(4, "little")


@SIZED
@given(st.binary(max_size=5000), st.sampled_from([None, 0, 10, 1024]))
def test_bytes_come_back_however_they_are_compressed(value, above):
    assert decode(encode(value, "binary", above)) == value


@SIZED
@given(JSON)
def test_json_values_come_back(value):
    assert decode(encode(value, "json")) == value


@SIZED
@given(arrays.arrays(DTYPES, arrays.array_shapes(min_side=0, max_side=4)))
def test_arrays_come_back_with_their_dtype_and_shape(value):
    again = decode(encode(value))
    assert (again.dtype, again.shape) == (value.dtype, value.shape)
    assert again.tobytes() == value.tobytes()


@SIZED
@given(arrays.arrays(arrays.scalar_dtypes(), ()))
def test_an_array_of_no_dimension_comes_back_as_a_scalar(value):
    again = decode(encode(value))
    assert isinstance(again, np.generic)
    assert np.asarray(again, value.dtype).tobytes() == value.tobytes()


def test_an_array_kept_by_columns_comes_back_and_may_be_written():
    value = np.asfortranarray(np.arange(6).reshape(2, 3))
    again = decode(encode(value))
    assert again.tolist() == value.tolist()
    again[0, 0] = 7


def test_a_record_comes_back_as_a_record():
    value = np.array([(3, 2.5, 1)], RECORD)[0]
    again = decode(encode(value))
    assert isinstance(again, np.void)
    assert again.item() == (3, 2.5, 1)


def test_records_of_a_known_dtype_are_their_bytes_alone():
    values = np.array([(3, 2.5, 1), (4, -1.0, 2)], RECORD)
    kind = Binary(RECORD)
    assert kind.dumps(values) == values.tobytes()
    assert kind.loads(kind.dumps([(3, 2.5, 1), (4, -1.0, 2)])).tolist() == values.tolist()
    register("transfers", kind)
    assert decode(encode(values[0], "transfers")).tolist() == [(3, 2.5, 1)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Binary(object), "items of object have no bytes of their own"),
        (lambda: Binary(RECORD).dumps("word"), "'word' is no array of"),
        (lambda: Binary(RECORD).loads(bytes(18)), "18 bytes are no whole number of items of 17"),
        (lambda: Binary().dumps({}), "binary takes bytes, NumPy arrays and records, got dict"),
        (lambda: Binary().dumps(np.array([{}])), "cannot write an array of object"),
        (lambda: Binary().dumps(np.zeros(1, [("\u0100", "i1")])), "codec can't encode"),
        (lambda: Binary().loads(b""), "starts with 0 or 1, got b''"),
        (lambda: Binary().loads(b"\1nothing"), "the array's header is damaged"),
        (lambda: Json().dumps({1, 2}), r"json cannot write \{1, 2\}: .*not JSON serializable"),
        (lambda: Json().dumps(float("nan")), "json cannot write nan"),
        (lambda: Json().loads(b"{"), "json cannot read b'{'"),
        (lambda: Json().loads(b"\xff"), "json cannot read"),
        (lambda: Json().loads(b"[" * 100_000), "json cannot read"),
    ],
)
def test_what_a_serialiser_cannot_take_is_refused_in_one_line(make, said):
    with pytest.raises(SerialiseError, match=said) as error:
        make()
    assert "\n" not in str(error.value)


def header(text):
    return b"\1\x93NUMPY\2\0" + len(text).to_bytes(4, "little") + text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1099511627776, 1099511627776)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': ()}",
        "{'descr': 'no', 'fortran_order': False, 'shape': ()}",
        "(" * 5000,
        "",
    ],
)
def test_a_forged_header_of_an_array_costs_neither_memory_nor_another_error(text):
    with pytest.raises(SerialiseError):
        Binary().loads(header(text))


@pytest.mark.parametrize(("size", "compressed"), [(1023, False), (1024, False), (1025, True)])
def test_payloads_above_the_threshold_are_compressed(size, compressed):
    data = encode(bytes(size - 1))  # one more byte marks it as bytes
    assert bool(data[0] & serialise.COMPRESSED) == compressed
    assert (len(data) < 100) == compressed


def test_what_compression_would_make_larger_stays_as_it_is():
    seed = 5
    value = np.random.default_rng(seed).bytes(5000)
    data = encode(value)
    assert not data[0] & serialise.COMPRESSED
    assert len(data) == 5000 + 1 + 1 + 2 + 4
    assert decode(data) == value


def test_none_never_compresses():
    assert len(encode(bytes(5000), "binary", None)) > 5000


EXAMPLES = [encode(b"some bytes"), encode(bytes(3000)), encode([1, "two", None], "json")]


@SIZED
@given(st.sampled_from(EXAMPLES), st.data())
def test_a_truncated_envelope_is_refused(data, draw):
    end = draw.draw(st.integers(0, len(data) - 1))
    with pytest.raises(SerialiseError, match="truncated or damaged"):
        decode(data[:end])


@SIZED
@given(st.sampled_from(EXAMPLES), st.data())
def test_a_changed_byte_is_noticed(data, draw):
    at = draw.draw(st.integers(0, len(data) - 1))
    change = draw.draw(st.integers(1, 255))
    with pytest.raises(SerialiseError, match="truncated or damaged"):
        decode(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])


@SIZED
@given(st.binary(max_size=40))
def test_foreign_bytes_with_a_good_checksum_decode_or_give_a_value_error(whole):
    try:
        decode(sealed(whole))
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017  decoding is allowed too


BOMB = zlib.compress(bytes(10_000_000))


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (b"\x10\0", "version 1, only 0 is known"),
        (b"\x0f\0", "format 15 is unknown"),
        (b"\0", "has no readable name"),
        (b"\0\0\0", "has no readable name"),
        (b"\0\5json", "has no readable name"),
        (b"\0\1\xff\0", "has no readable name"),
        (b"\0\4none\0", "no serialiser is called 'none'; known: binary, json"),
        (b"\1", "ends before the size"),
        (b"\1\xff\xff\xff\xff\xff\1", "ends before the size"),
        (b"\1\3\0", "the payload has 1 bytes, its envelope says 3"),
        (b"\1\1\0\0", "the payload has 2 bytes, its envelope says 1"),
        (b"\1\xff\xff\xff\xff\x01", "at most 67108864 are allowed; raise most_bytes"),
        (b"\x81\x64" + BOMB, "does not end after the 100 bytes"),
        (b"\x81\x64nothing", "the compressed payload is damaged"),
        (b"\x81\3" + zlib.compress(b"\0ab")[:-1], "does not end after the 3 bytes"),
        (b"\x81\3" + zlib.compress(b"\0ab") + b"more", "does not end after the 3 bytes"),
    ],
)
def test_a_forged_envelope_is_refused_in_one_line(whole, said):
    with pytest.raises(SerialiseError, match=said) as error:
        decode(sealed(whole))
    assert "\n" not in str(error.value)


def test_a_payload_larger_than_allowed_is_refused_before_it_is_unpacked():
    data = encode(bytes(1_000_000))
    assert len(data) < 10_000
    with pytest.raises(SerialiseError, match="has 1000001 bytes, at most 1000000 are allowed"):
        decode(data, most_bytes=1_000_000)
    assert decode(data, most_bytes=1_000_001) == bytes(1_000_000)


def test_a_users_serialiser_works_by_its_name():
    register("reversed", Reversed())
    data = encode("word", "reversed")
    assert b"reversed" in data
    assert b"drow" in data
    assert decode(data) == "word"
    assert "reversed" in serialise.serialisers()


@pytest.mark.parametrize(
    ("name", "made", "said"),
    [
        ("json", Reversed(), "already called 'json'"),
        ("", Reversed(), "1 to 255 bytes, got 0"),
        ("x" * 256, Reversed(), "1 to 255 bytes, got 256"),
        ("mine", object(), "is no serialiser: an object with dumps and loads is needed"),
        ("mine", Reversed, "is no serialiser: an object"),
    ],
)
def test_what_cannot_be_registered_is_refused(name, made, said):
    with pytest.raises(ValueError, match=said):
        register(name, made)


def test_dumps_that_returns_no_bytes_is_refused():
    register("text", types.SimpleNamespace(dumps=str, loads=str))
    with pytest.raises(SerialiseError, match="dumps of 'text' must return bytes, got str"):
        encode(1, "text")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(SerialiseError, match=r"called 'yaml'; known: binary, json$"):
        encode(1, "yaml")
    with pytest.raises(SerialiseError, match=r"register\('my name', Protobuf"):
        encode(1, "protobuf")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with serialisers, installed as pip would."""
    (tmp_path / "brought_codec.py").write_text(
        "class Upper:\n"
        "    def dumps(self, value):\n        return value.upper().encode()\n"
        "    def loads(self, data):\n        return data.decode()\n"
        "ready = Upper()\n"
    )
    info = tmp_path / "brought-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        f"[{serialise.GROUP}]\n"
        "class = brought_codec:Upper\nobject = brought_codec:ready\nbroken = brought_codec:none\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("brought_codec", None)


@pytest.mark.parametrize("name", ["class", "object"])
def test_installed_packages_bring_serialisers(installed, name):
    assert name in serialise.serialisers()
    assert decode(encode("word", name)) == "WORD"


def test_a_broken_entry_point_is_named(installed):
    with pytest.raises(SerialiseError, match="can't load serialiser 'broken' from brought_codec:"):
        encode("word", "broken")


def test_without_protobuf_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.protobuf.message", None)
    with pytest.raises(ImportError, match=r"pip install 'zbench\[protobuf\]'") as error:
        Protobuf(object)
    assert "\n" not in str(error.value)


def test_protobuf_messages_come_back():
    pytest.importorskip("google.protobuf", reason="needs the extra protobuf")
    from google.protobuf.struct_pb2 import Struct
    from google.protobuf.wrappers_pb2 import StringValue

    register("words", Protobuf(StringValue))
    register("structs", Protobuf(Struct))
    assert decode(encode(StringValue(value="word"), "words")).value == "word"
    struct = Struct()
    struct.update({"account": 3, "tags": ["a", "b"]})
    assert decode(encode(struct, "structs")) == struct
    with pytest.raises(SerialiseError, match="a StringValue is needed, got Struct"):
        encode(struct, "words")
    with pytest.raises(SerialiseError, match="protobuf cannot read a StringValue"):
        Protobuf(StringValue).loads(b"\xff\xff")
    with pytest.raises(SerialiseError, match="is no class of protobuf messages"):
        Protobuf(dict)


class FakeError(Exception):
    """In place of google.protobuf.message.Error."""


class FakeMessage:
    """In place of google.protobuf.message.Message, with JSON as its wire format."""

    def __init__(self, **fields):
        self.fields = fields

    def SerializeToString(self, deterministic):  # noqa: N802  protobuf's name
        if not self.fields:
            raise FakeError("a required field is missing")
        return json.dumps(self.fields, sort_keys=deterministic).encode()

    @classmethod
    def FromString(cls, data):  # noqa: N802
        try:
            return cls(**json.loads(data))
        except ValueError as error:
            raise FakeError("wrong wire type") from error


class Order(FakeMessage):
    pass


def test_protobufs_errors_are_ours_in_one_line(monkeypatch):
    library = types.ModuleType("google.protobuf.message")
    library.Message, library.Error = FakeMessage, FakeError
    monkeypatch.setitem(sys.modules, "google.protobuf.message", library)
    for parent in ("google", "google.protobuf"):
        monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
    register("orders", Protobuf(Order))
    assert decode(encode(Order(number=3), "orders")).fields == {"number": 3}
    for action, said in [
        (lambda: encode(Order(), "orders"), "cannot write a Order: a required field is missing"),
        (lambda: encode(3, "orders"), "a Order is needed, got int"),
        (lambda: Protobuf(Order).loads(b"{"), "cannot read a Order: wrong wire type"),
        (lambda: Protobuf(3), "3 is no class of protobuf messages"),
    ]:
        with pytest.raises(SerialiseError, match=said):
            action()


def test_the_protocol_is_what_the_serialisers_have():
    assert all(isinstance(made, Serialiser) for made in (Binary(), Json(), Reversed()))
