"""Every way in which a function can reach a constant, as source text.

A way is the source of a module and the statement that changes the constant. The module has a
function ``f``, and ``DECORATE`` in it stands for the decorator of kernels. ``pk`` is a package
with the module ``pk.c``; both hold ``LIMIT = 10``.
"""

# ruff: noqa: E501  a table of sources, one to a line

from textwrap import dedent

TEN = "LIMIT = 10"
TWENTY = "LIMIT = 20"


def _f(result, before="", decorate="DECORATE"):
    return f"{dedent(before)}\n{decorate}\ndef f():\n    return {result}\n"


def _in_f(body, before=""):
    lines = "\n".join("    " + line for line in dedent(body).strip().splitlines())
    return f"{dedent(before)}\nDECORATE\ndef f():\n{lines}\n"


ENUMS = "import enum\nclass Kind(enum.{base}):\n    A = 10\n    B = 5\n"
NAMED = "from typing import NamedTuple\nclass Limits(NamedTuple):\n    low: int\n    high: int\n"

# name -> (source, source after the change); the values of f() must differ.
EDITS = {
    "a literal": (_f("10"), _f("20")),
    "a literal in a tuple": (_f("(1, 10)[1]"), _f("(1, 20)[1]")),
    "a function inside": (
        _in_f("def g(x):\n    return x + 10\nreturn g(1)"),
        _in_f("def g(x):\n    return x + 20\nreturn g(1)"),
    ),
    "a lambda inside": (
        _in_f("g = lambda x: x + 10\nreturn g(1)"),
        _in_f("g = lambda x: x + 20\nreturn g(1)"),
    ),
    "an operator": (_f("7 + LIMIT", TEN), _f("7 - LIMIT", TEN)),
}

# name -> (source, statement that changes the constant in the module's namespace)
REBINDS = {
    "a global": (_f("LIMIT", TEN), TWENTY),
    "a float": (_f("LIMIT", "LIMIT = 1.5"), "LIMIT = 2.5"),
    "the sign of zero": (
        _f("math.copysign(1.0, LIMIT)", "import math\nLIMIT = 0.0"),
        "LIMIT = -0.0",
    ),
    "another name of a module that is used whole twice": (
        _f(
            "m.LOW + g()",
            "from pk import c\nc.LOW = 1\nc.HIGH = 10\nDECORATE\ndef g():\n    m = c\n    return m.HIGH\n",
        ).replace("    return m.LOW", "    m = c\n    return m.LOW"),
        "c.HIGH = 20",
    ),
    "1 or True": (_f("LIMIT | 2", "LIMIT = 1"), "LIMIT = True or 1\nLIMIT = 5"),
    "a complex number": (_f("LIMIT.imag", "LIMIT = 1j"), "LIMIT = 2j"),
    "a truth": (_f("10 if LIMIT else 20", "LIMIT = True"), "LIMIT = False"),
    "None": (_f("10 if LIMIT is None else 20", "LIMIT = None"), "LIMIT = 1"),
    "a string": (_f("len(LIMIT)", "LIMIT = 'ab'"), "LIMIT = 'abc'"),
    "bytes": (_f("LIMIT[1]", "LIMIT = b'ab'"), "LIMIT = b'ac'"),
    "a tuple": (_f("LIMIT[1]", "LIMIT = (1, 10)"), "LIMIT = (1, 20)"),
    "a tuple in a tuple": (_f("LIMIT[1][0]", "LIMIT = (1, (10,))"), "LIMIT = (1, (20,))"),
    "a named tuple": (_f("LIMIT.high", NAMED + "LIMIT = Limits(1, 10)"), "LIMIT = Limits(1, 20)"),
    "the fields of a named tuple": (
        _f("LIMIT.high", NAMED + "LIMIT = Limits(1, 10)"),
        "class Limits(NamedTuple):\n    high: int\n    low: int\nLIMIT = Limits(1, 10)",
    ),
    "a NumPy scalar": (
        _f("LIMIT + 1", "import numpy as np\nLIMIT = np.int16(10)"),
        "LIMIT = np.int16(20)",
    ),
    "an array": (_f("LIMIT[1]", "import numpy as np\nLIMIT = np.array([1, 10])"), "LIMIT[1] = 20"),
    "the bytes of an array as others": (
        _f("LIMIT[1]", "import numpy as np\nLIMIT = np.array([1, 10])"),
        "LIMIT = LIMIT.view(np.float64)",
    ),
    "a record": (
        _f(
            "LIMIT['a']",
            "import numpy as np\nLIMIT = np.array([(1, 10)], 'i8,i8').view([('b', 'i8'), ('a', 'i8')])[0]",
        ),
        "LIMIT = LIMIT.reshape(1).view([('a', 'i8'), ('b', 'i8')])[0]",
    ),
    "a type": (_f("T(2.75)", "import numpy as np\nT = np.int64"), "T = np.float64"),
    "a member of an IntEnum": (
        _f("Kind.A + 0", ENUMS.format(base="IntEnum")),
        "class Kind(enum.IntEnum):\n    A = 20\n    B = 5",
    ),
    "a member as a global": (
        _f("A + 0", ENUMS.format(base="IntEnum") + "A = Kind.A"),
        "A = Kind.B",
    ),
    "a member's value": (
        _f("Kind.A.value", ENUMS.format(base="Enum")),
        "class Kind(enum.Enum):\n    A = 20\n    B = 5",
    ),
    "a member of an IntFlag": (
        _f("Kind.A.value", ENUMS.format(base="IntFlag")),
        "class Kind(enum.IntFlag):\n    A = 20\n    B = 5",
    ),
    "which member is equal": (
        _f("1 if Kind.A == Kind.B else 2", ENUMS.format(base="Enum")),
        "class Kind(enum.Enum):\n    A = 10\n    B = 10",
    ),
    "an attribute of a module": (_f("c.LIMIT", "from pk import c"), "c.LIMIT = 20"),
    "an attribute of a module of a module": (_f("pk.c.LIMIT", "import pk.c"), "pk.c.LIMIT = 20"),
    "a module that a module is rebound to": (
        _f("pk.c.LIMIT", "import pk.c"),
        "import types\npk.c = types.SimpleNamespace(LIMIT=20)\npk.c = types.ModuleType('pk.c')\npk.c.LIMIT = 20",
    ),
    "a module in a variable": (_in_f("m = pk\nreturn m.c.LIMIT", "import pk.c"), "pk.c.LIMIT = 20"),
    "an enumeration in a module": (
        _f(
            "c.Kind.A + 0",
            "import enum\nfrom pk import c\nc.Kind = enum.IntEnum('Kind', {'A': 10})",
        ),
        "c.Kind = enum.IntEnum('Kind', {'A': 20})",
    ),
    "an array in a module": (
        _f("c.TABLE[0]", "import numpy as np\nfrom pk import c\nc.TABLE = np.array([10])"),
        "c.TABLE[0] = 20",
    ),
    "a module in a cell": (
        "from pk import c\ndef make(m):\n    DECORATE\n    def f():\n        return m.LIMIT\n    return f\nf = make(c)\n",
        "c.LIMIT = 20",
    ),
    "a cell": (
        "def make():\n    n = 10\n    def put(x):\n        nonlocal n\n        n = x\n"
        "    DECORATE\n    def f():\n        return n\n    return f, put\nf, put = make()\n",
        "put(20)",
    ),
    "a kernel in a cell": (
        TEN + "\nDECORATE\ndef g():\n    return LIMIT\ndef make(h):\n    DECORATE\n    def f():\n"
        "        return h()\n    return f\nf = make(g)\n",
        TWENTY,
    ),
    "a default": (
        "DECORATE\ndef g(x, more=10):\n    return x + more\nDECORATE\ndef f():\n    return g(1)\n",
        "plain(g).__defaults__ = (20,)",
    ),
    "a default of a function inside": (
        _in_f("def g(x, more=LIMIT):\n    return x + more\nreturn g(1)", TEN),
        TWENTY,
    ),
    "a global of a function inside": (
        _in_f("def g(x):\n    return x + LIMIT\nreturn g(1)", TEN),
        TWENTY,
    ),
    "a global of a callee": (_f("g()", TEN + "\nDECORATE\ndef g():\n    return LIMIT\n"), TWENTY),
    "a global of a callee's callee": (
        _f(
            "g()",
            TEN
            + "\nDECORATE\ndef h():\n    return LIMIT\nDECORATE\ndef g():\n    return h() + 1\n",
        ),
        TWENTY,
    ),
    "a callee in a module": (
        _f(
            "c.step()",
            "from pk import c\nLIMIT = 10\nDECORATE\ndef step():\n    return LIMIT\nc.step = step\n",
        ),
        TWENTY,
    ),
    "another callee": (
        _f("g()", "DECORATE\ndef g():\n    return 10\nDECORATE\ndef h():\n    return 20\n"),
        "g = h",
    ),
    "numba's own dispatcher": (
        _f("g()", TEN + "\nimport numba\n@numba.njit\ndef g():\n    return LIMIT\n"),
        TWENTY,
    ),
    "a recursive callee": (
        _f(
            "g(3)",
            TEN
            + "\nimport numba\n@numba.njit('int64(int64)')\ndef g(n):\n    return LIMIT if n == 0 else g(n - 1)\n",
        ),
        "LIMIT = 20",
    ),
    "an overload": (
        _f(
            "g()",
            TEN + "\nfrom numba.extending import overload\ndef g():\n    return LIMIT\n"
            "@overload(g)\ndef over():\n    def g():\n        return LIMIT\n    return g\n",
        ),
        TWENTY,
    ),
    "a jitable function": (
        _f(
            "g()",
            TEN
            + "\nfrom numba.extending import register_jitable\n@register_jitable\ndef g():\n    return LIMIT\n",
        ),
        TWENTY,
    ),
    "a kernel given to an overload": (
        _f(
            "g(h)",
            TEN + "\nfrom numba.extending import overload\nDECORATE\ndef h():\n    return LIMIT\n"
            "def g(function):\n    return function()\n"
            "@overload(g)\ndef over(function):\n    return lambda function: function()\n",
        ),
        TWENTY,
    ),
    "a name of Python's": (_f("abs(-10)"), "DECORATE\ndef abs(x):\n    return 20\n"),
    "a message kind": (
        _f("LIMIT.kind", "from zbench.core import Message\nLIMIT = Message(10, [('a', 'i8')])"),
        "LIMIT = Message(20, [('a', 'i8')])",
    ),
}

# Constants of which numba compiles nothing, or not without arrays: only in the digest.
DIGESTED = {
    "a list": (_f("LIMIT[0]", "LIMIT = [10]"), "LIMIT[0] = 20"),
    "a dict": (_f("LIMIT['a']", "LIMIT = {'a': 10}"), "LIMIT['a'] = 20"),
    "a set": (_f("10 in LIMIT", "LIMIT = {10}"), "LIMIT.add(20)"),
    "a class's attribute": (_f("C.LIMIT", "class C:\n    LIMIT = 10"), "C.LIMIT = 20"),
    "a base class's attribute": (
        _f("C.LIMIT", "class B:\n    LIMIT = 10\nclass C(B):\n    pass"),
        "B.LIMIT = 20",
    ),
    "a dataclass": (
        _f(
            "LIMIT.a",
            "import dataclasses\n@dataclasses.dataclass\nclass C:\n    a: int\nLIMIT = C(10)",
        ),
        "LIMIT.a = 20",
    ),
    "an int with a class of its own": (
        _f("LIMIT", "class C(int):\n    pass\nLIMIT = C(10)"),
        "LIMIT = C(20)",
    ),
    "an exception's class": (
        _in_f("raise E('a')", "class E(Exception):\n    code = 10"),
        "E.code = 20",
    ),
    "an exception's message": (_in_f("raise ValueError(LIMIT)", "LIMIT = 'a'"), "LIMIT = 'b'"),
    "an intrinsic": (
        _f(
            "g()",
            TEN
            + "\nfrom numba.extending import intrinsic\n@intrinsic\ndef g(typing):\n    return LIMIT\n",
        ),
        TWENTY,
    ),
    "an option of numba": (
        _f("g()", "import numba\n@numba.njit\ndef g():\n    return 1\n"),
        "g = numba.njit(fastmath=True)(g.py_func)",
    ),
    "a default that can only be named": (
        "DECORATE\ndef f(*, more=10):\n    return more\n",
        "plain(f).__kwdefaults__['more'] = 20",
    ),
    "the signature of a C function": (
        _f(
            "g(1)",
            "import numba\ng = numba.types.ExternalFunction('abs', numba.int64(numba.int64))",
        ),
        "g = numba.types.ExternalFunction('abs', numba.int32(numba.int64))",
    ),
}
