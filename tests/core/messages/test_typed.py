import keyword
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.errors import TypingError
from zbench.core import DATA, HEADER, SENDER, ActorSystem, behaviour, kind_of
from zbench.core.compile.kernel import INTERPRETED, cached_kernel, kernel
from zbench.core.memory.layout import message_slot
from zbench.core.messages.typed import Message, StateRecord
from zbench.core.system import program

from tests.core.inspected import compiled_here

compiled_only = pytest.mark.skipif(INTERPRETED, reason="says what compiled code does")

transfer = Message(7, [("account", "i8"), ("amount", "f8"), ("flags", "u1")])
answer = Message(8, [("balance", "f8"), ("name", "S4"), ("history", "i2", (2, 3)), ("ok", "?")])
account = StateRecord([("balance", "f4"), ("name", "S4"), ("seen", "i8"), ("last", "u1")])
every = Message(
    9,
    [("a", "i1"), ("b", "i2"), ("c", "i4"), ("d", "i8"), ("e", "u1"), ("f", "u2"), ("g", "u4"),
     ("h", "f4"), ("i", "f8"), ("j", "?"), ("k", "S6")],
)  # fmt: skip
odd = Message(10, [("tag", "u1"), ("value", "f8"), ("size", "i4"), ("data", "u2")])

START = {"balance": 10.0, "name": b"anna", "seen": 0, "last": 0}
OPEN = Message(11, [("times", "u2")])


def message_of(message, **values):
    words = np.zeros(8, np.int64)
    words[HEADER] = message.kind
    words[DATA:] = message.words(**values)
    return words


@kernel
def read_odd(message):
    seen = odd.of(message)
    return seen.value * seen.tag + seen["size"] + seen.data


@kernel
def write_odd(message):
    seen = odd.of(message)
    seen.value += 0.5
    seen["size"] = -seen.size
    seen.tag = 255


@kernel
def read_state(state):
    return account.of(state).seen


@kernel
def pack_odd(a, b, c, d):
    return odd.pack(a, b, data=d, size=c)


@kernel
def pack_answer(message):
    seen = answer.of(message)
    return answer.pack(ok=True, history=seen.history, balance=2, name=seen.name)


@kernel
def pack_tuples(n):
    return answer.pack(1.5, b"xy", ((n, 2, 3), (4, 5, -6)), False)


@cached_kernel
def repack_every(message):
    m = every.of(message)
    return every.pack(m.a, m.b, m.c, m.d, m.e, m.f, m.g, m.h, m.i, m.j, m.k)


@behaviour
def bank(ctx, state, message):
    """An account, see `account`: adds received amounts and replies with its balance."""
    mine = account.of(state)
    kind = kind_of(message[HEADER])
    if kind == transfer.kind:
        got = transfer.of(message)
        mine.balance += got.amount
        mine.seen += got.account
        mine.last = got.flags
        history = ((1, 2, 3), (4, 5, int(got.flags)))
        if message[SENDER] != message_slot.NO_SENDER:
            ctx.reply(answer.kind, *answer.pack(mine.balance, mine.name, history, ok=True))


@behaviour
def customer(ctx, state, message):
    """Opens accounts and pays into them. state: balances, answers, last of the history."""
    kind = kind_of(message[HEADER])
    if kind == OPEN.kind:
        for k in range(OPEN.of(message).times):
            ref = ctx.spawn(0, *account.pack(10.0, b"anna", 0, last=0))
            ctx.send(ref, transfer.kind, *transfer.pack(k, flags=k, amount=k + 0.5))
    elif kind == answer.kind:
        got = answer.of(message)
        if got.ok:
            state[0] += int(2 * got.balance)
            state[1] += 1
            state[2] += got.history[1, 2]


def test_words_are_read_back():
    values = {"account": -3, "amount": 2.5, "flags": 255}
    words = transfer.words(**values)
    assert len(words) == 6
    assert all(type(word) is int for word in words)
    assert transfer.read(words) == values


def test_a_view_reads_the_message_in_place_whatever_its_fields_are_called():
    words = message_of(odd, tag=3, value=1.5, size=-4, data=9)
    assert read_odd(words) == 3 * 1.5 - 4 + 9


def test_a_view_writes_the_message_in_place_and_nothing_else():
    words = message_of(odd, tag=3, value=1.5, size=-4, data=9)
    words[[0, 1, 7]] = -1
    write_odd(words)
    assert odd.read(words[DATA:]) == {"tag": 255, "value": 2.0, "size": 4, "data": 9}
    assert list(words[[0, 1, 7]]) == [-1, -1, -1]


def test_a_behaviour_packs_fields_in_order_and_by_name():
    packed = pack_odd(1, 2.5, -3, 4)
    assert tuple(packed) == odd.words(tag=1, value=2.5, size=-3, data=4)


def test_sub_arrays_and_bytes_pass_from_a_view_into_a_packed_message():
    history = [[1, 2, 3], [-4, 5, 6]]
    words = message_of(answer, balance=1.0, name=b"ab", history=history, ok=False)
    expected = answer.words(balance=2.0, name=b"ab", history=history, ok=True)
    assert tuple(pack_answer(words)) == expected


def test_a_sub_array_is_packed_from_tuples():
    expected = answer.words(balance=1.5, name=b"xy", history=[[7, 2, 3], [4, 5, -6]], ok=False)
    assert tuple(pack_tuples(7)) == expected


@pytest.mark.compiles
@pytest.mark.parametrize("dispatch", ["specialised", "table"])
def test_actors_exchange_typed_messages_and_keep_typed_state(dispatch):
    with ActorSystem((bank, customer), workers=2, actors=200, dispatch=dispatch) as system:
        payer = system.spawn(customer)
        payer.tell(OPEN.kind, *OPEN.words(times=100))
        system.await_rest(timeout=20)
        # An account's balance afterwards is 10 + k + 0.5.
        expected = [sum(2 * (10 + k) + 1 for k in range(100)), 100, sum(range(100))]
        assert list(system.state(payer)[:3]) == expected
        own = system.spawn(bank, *account.words(**START))
        own.tell(transfer.kind, *transfer.words(account=5, amount=-2.5, flags=9))
        system.await_rest(timeout=20)
        kept = account.of(system.state(own))
        assert (kept.balance, kept.name, kept.seen, kept.last) == (7.5, b"anna", 5, 9)
        assert system.counters()["failures"] == 0


WHOLE = {"a": "i1", "b": "i2", "c": "i4", "d": "i8", "e": "u1", "f": "u2", "g": "u4"}
VALUES = st.fixed_dictionaries(
    {
        **{
            name: st.integers(int(np.iinfo(kind).min), int(np.iinfo(kind).max))
            for name, kind in WHOLE.items()
        },
        "h": st.floats(width=32, allow_nan=False),
        "i": st.floats(allow_nan=False),
        "j": st.booleans(),
        "k": st.binary(max_size=6).filter(lambda b: not b.endswith(b"\0")),
    }
)


@settings(print_blob=True, deadline=None)
@given(VALUES)
def test_whatever_is_packed_is_read_back_by_python_and_by_kernels(values):
    words = every.words(**values)
    assert every.read(words) == values
    assert tuple(repack_every(np.array([0, 0, *words]))) == words


SCALARS = st.sampled_from(["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "?", "S3"])
NAMES = st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name)
)


@settings(print_blob=True, deadline=None)
@given(st.dictionaries(NAMES, SCALARS, min_size=1, max_size=6), st.booleans())
def test_views_show_what_was_written_for_any_layout(fields, align):
    message = Message(1, np.dtype(list(fields.items()), align=align))
    words = np.zeros(8, np.int64)
    seen = message.of(words)
    written = {
        name: b"ab" if kind == "S3" else kind == "?" or k + 1
        for k, (name, kind) in enumerate(fields.items())
    }
    for name, value in written.items():
        setattr(seen, name, value)
    assert message.read(words[DATA:]) == written
    assert tuple(words[DATA:].tolist()) == message.words(**written)


def test_not_a_number_and_infinity_keep_their_meaning():
    values = transfer.read(transfer.words(account=0, amount=math.nan, flags=0))
    assert math.isnan(values["amount"])
    assert transfer.read(transfer.words(account=0, amount=math.inf, flags=0))["amount"] == math.inf


def test_a_message_of_two_lines_carries_fourteen_words():
    large = Message(1, [("values", "f8", (14,))], inline=112)
    assert len(large.words(values=range(14))) == large.word_count == 14
    assert list(large.of(np.ones(16, np.int64))["values"].view(np.int64)) == [1] * 14


def test_a_state_says_how_many_words_it_needs():
    assert account.word_count == 3
    assert len(account.words(**START)) == 3


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        ([("a", "f8", (7,))], "kind 3 take 56 bytes, at most 48 fit"),
        ([("a", "O")], "field a is object; a record holds bool, int8"),
        ([("a", "U4")], "field a is <U4; a record holds"),
        ([("a", "f2")], "field a is float16; a record holds"),
        ([("a", "M8[ns]")], r"field a is datetime64\[ns\]; a record holds"),
        ([("a", [("b", "i8")])], "field a is .*; a record holds"),
        ([("a", ">i8")], "field a is >i8; only this machine's byte order"),
        ([("a", "i8", (0,))], "field a is an empty sub-array"),
        ([("a", "u1"), ("b", "f8", (2,))], "sub-array b starts at byte 1; .* multiple of 8"),
        ([("a b", "i8")], "field 'a b' cannot be an attribute"),
        ({"names": ["a", "b"], "formats": ["i8", "i4"], "offsets": [0, 4]}, "field b starts at"),
        ("i8", "needs named fields, got int64"),
        ([], "needs named fields"),
        ([("a", "nothing")], "no record dtype can be made of"),
    ],
)
def test_a_layout_that_does_not_fit_a_message_is_refused_in_one_line(dtype, said):
    with pytest.raises(ValueError, match=said) as error:
        Message(3, dtype)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [1.5, "1", None, True])
def test_a_kind_that_is_no_integer_is_refused(kind):
    with pytest.raises(TypeError, match="kind must be an integer, got "):
        Message(kind, [("a", "i8")])


def test_a_kind_is_kept_as_a_plain_integer():
    assert type(Message(np.int16(7), [("a", "i8")]).kind) is int


@pytest.mark.parametrize("kind", [-1, 65_536])
def test_a_kind_out_of_range_is_refused(kind):
    with pytest.raises(ValueError, match=f"kind must be 0 to 65535, got {kind}"):
        Message(kind, [("a", "i8")])


def test_a_size_of_messages_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="inline must be 48 or 112, got 64"):
        Message(1, [("a", "i8")], inline=64)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"flag": 1}, "no field flag; the fields are account, amount, flags"),
        ({"account": 3}, "no value for amount, flags"),
        ({"flags": 256}, r"field flags \(uint8\) cannot hold 256: 0 to 255 is allowed"),
        ({"account": 1 << 63}, r"field account \(int64\) cannot hold"),
        ({"account": 2.5}, r"field account \(int64\) cannot hold 2.5"),
        ({"amount": "2.5"}, r"field amount \(float64\) cannot hold '2.5': a number is needed"),
    ],
)
def test_words_that_cannot_be_built_are_refused_in_one_line(values, said):
    whole = {"account": 1, "amount": 1.0, "flags": 1}
    given = values if len(values) == 1 and "no value" in said else whole | values
    with pytest.raises(ValueError, match=said) as error:
        transfer.words(**given)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", b"12345", "5 bytes given, 4 fit"),
        ("name", b"a\0", "zero bytes at its end would be lost"),
        ("name", "anna", "bytes are needed"),
        ("history", [1, 2, 3], r"its shape is \(2, 3\), got \(3,\)"),
        ("history", [[1, 2, 3], [1, 2, 1 << 15]], "-32768 to 32767 is allowed"),
        ("ok", 2, "True or False is needed"),
    ],
)
def test_a_value_that_a_field_would_change_is_refused(field, value, said):
    values = {"balance": 1.0, "name": b"", "history": [[0] * 3] * 2, "ok": True}
    with pytest.raises(ValueError, match=rf"field {field} \(.*\) cannot hold .*{said}"):
        answer.words(**values | {field: value})


def test_packing_too_many_values_or_one_twice_is_refused():
    with pytest.raises(ValueError, match="4 values for 3 fields: account, amount, flags"):
        transfer.pack(1, 2.0, 3, 4)
    with pytest.raises(ValueError, match="account given twice"):
        transfer.pack(1, 2.0, 3, account=1)


@pytest.mark.parametrize("run", [read_state, getattr(read_state, "py_func", read_state)])
def test_a_view_of_too_few_words_is_refused_before_it_reads_them(run):
    with pytest.raises(ValueError, match="the record needs 3 words"):
        run(np.zeros(2, np.int64))


@pytest.mark.parametrize("name", ["amonut", "_View__cells"])
def test_a_view_has_no_other_attributes(name):
    seen = transfer.of(np.zeros(8, np.int64))
    with pytest.raises(AttributeError, match=f"no field {name}; the fields are account"):
        setattr(seen, name, 1)


def missing_field(n):
    return transfer.pack(n, 1.0)


def wrong_type(n):
    return transfer.pack(n, 1.0, 2.5)


def wrong_shape(n):
    return answer.pack(1.0, b"", (n, n), True)


def wrong_words(n):
    return transfer.of(np.float64(n))


@compiled_only
@pytest.mark.parametrize(
    ("function", "said"),
    [
        (missing_field, "no value for flags; the fields are account, amount, flags"),
        (wrong_type, r"field flags \(uint8\) cannot hold a value of type float64"),
        (wrong_shape, r"needs a tuple of shape \(2, 3\)"),
        (wrong_words, "of.. needs a contiguous array of int64 words, got float64"),
    ],
)
def test_the_compiler_refuses_what_does_not_fit_the_fields(function, said):
    with pytest.raises(TypingError, match=said):
        kernel(function)(1)


@compiled_only
def test_a_packed_record_stays_in_registers_and_nothing_is_counted():
    compiled = compiled_here(pack_odd.py_func)
    compiled(1, 2.5, -3, 4)
    (assembly,) = compiled.inspect_asm().values()
    assert "NRT_" not in assembly
    assert "memset" not in assembly


def test_the_programs_digest_changes_with_the_fields_of_a_record():
    def digest_of(record):
        def f(ctx, state, message):
            record.of(message)

        return program.digest([f], "specialised")

    digests = [
        digest_of(record)
        for record in (
            Message(7, [("a", "i8")]),
            Message(8, [("a", "i8")]),
            Message(7, [("a", "i4")]),
            Message(7, [("b", "i8")]),
            Message(7, {"names": ["a"], "formats": ["i8"], "offsets": [8]}),
            Message(7, [("a", "i8")], inline=112),
            StateRecord([("a", "i8")]),
        )
    ]
    assert len(set(digests)) == len(digests)
    assert digest_of(Message(7, [("a", "i8")])) == digests[0]
