import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from zbench.catalogue import registry
from zbench.catalogue.sources import source_of
from zbench.errors import ScenarioError, UnknownNameError
from zbench.measure.session import plan_items

from tests.workbench.catalogue.files import HEAD, right, scenario


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a file's scenarios into this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def loaded(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return registry.scenarios_of(registry.load_source(f"file:{path}"))

    return loaded


def test_every_own_scenario_is_found_once_and_in_the_order_of_its_modules():
    entries = registry.catalogue().values()
    modules = list(dict.fromkeys(entry.source.rpartition(".")[2] for entry in entries))
    assert modules == sorted(modules)
    assert len({entry.scenario.name for entry in entries}) == len(entries) >= 30


def test_the_room_that_scenarios_share_is_not_searched():
    assert not [e.source for e in registry.catalogue().values() if ".support." in e.source]


@pytest.mark.parametrize("name", ["ping-pong", "mailbox", "latency-under-load", "floor-ring"])
def test_a_scenario_is_found_by_its_name_alone(name):
    assert registry.own_scenario(name).name == name


def test_an_unknown_scenario_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="ping-pong"):
        registry.find("pingpong", registry.catalogue())


def test_a_name_that_is_also_a_file_is_refused_with_the_way_to_write_a_file(tmp_path, monkeypatch):
    (tmp_path / "mine.py").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError, match=r"called 'mine'; is it a file\? write \./mine\.py"):
        registry.find("mine", registry.catalogue())


def test_a_name_chooses_among_the_scenarios_of_a_file(tmp_path):
    sources = {"a.py": ("one", "two"), "b.py": ("three",)}
    known, files = {}, [tmp_path / name for name in sources]
    for name, scenarios in sources.items():
        for each in scenarios:
            of = SimpleNamespace(name=each)
            known[each] = registry.CatalogueEntry(of, source_of(tmp_path / name))

    def chosen(*names):
        return [entry.scenario.name for entry in registry.of_files(known, files, names)]

    assert chosen() == ["one", "two", "three"]
    assert chosen("two") == ["two", "three"]
    assert chosen("two", "one", "ping-pong") == ["one", "two", "three"]


PARAMETER = "Parameter('n', 10, 'messages', 1, 100)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "defines no SCENARIOS; add SCENARIOS = "),
        ("SCENARIOS = ()", "is empty; write SCENARIOS = "),
        ("SCENARIOS = []", "is empty"),
        (f"{HEAD}SCENARIOS = {scenario()}", "must be a tuple, got an object of type Scenario"),
        ("SCENARIOS = None", "must be a tuple, got None"),
        ("SCENARIOS = {}", "of type dict; write SCENARIOS"),
        ("SCENARIOS = 'ping-pong'", "must be a tuple, got 'ping-pong' of type str"),
        (f"{HEAD}SCENARIOS = (Scenario,)", "must hold only zbench.scenarios.base.Scenario, got"),
        ("SCENARIOS = (1,)", "got 1 of type int"),
        (f"{HEAD}SCENARIOS = ({scenario()}, {scenario()})", "two scenarios that are called 'one'"),
        (right(name="''"), "the name of a scenario must be a word such as ping-pong, got ''"),
        (right(name="'a b'"), "must be a word"),
        (right(name="3"), "must be a word"),
        (right(category="'fast'"), "must be one of Category.MICRO"),
        (right(prepare="Made({})"), "prepare of scenario one must be a function"),
        (right(prepare="None"), "must be a function of the parameters, got None"),
        (right(floors="('floor-ring')"), "floors of scenario one must be a tuple of str, got"),
        (right(parameters=PARAMETER), "parameters of scenario one must be a tuple of Parameter"),
        (right(parameters=f"({PARAMETER}, {PARAMETER})"), "two parameters of the same name"),
        (right(parameters="(Parameter('n', None, ''),)"), "must be an int, a float or a str"),
        (right(parameters="(Parameter('n', True, ''),)"), "choices=('off', 'on')"),
        (right(parameters="(Parameter('n', [1], ''),)"), "got [1] of type list"),
        (right(parameters="(Parameter('n', 1, '', 5),)"), "1 is not in its range, 5 to inf"),
        (right(parameters="(Parameter('n', 1, '', '0'),)"), "must be numbers or None"),
        (right(parameters="(Parameter('n', 1, '', choices=(2, 3)),)"), "not among its choices"),
        (right(parameters="(Parameter('n', 'a', '', quick=1),)"), "its default's type, str"),
        (right(parameters="(Parameter('n', float('nan'), ''),)"), "nan is not in its range"),
        (right(parameters="(Parameter('a=b', 1, ''),)"), "must be a word"),
        (right(extras="{'a': 1}"), "must be a tuple of str, got 1 of type int"),
        (right(colour="1"), "unexpected keyword argument 'colour' at {file}:"),
        ("import sys\nsys.exit(0)", "SystemExit: 0 at {file}:2"),
        ("exit()", "SystemExit: None at {file}:1"),
        ("\nraise KeyboardInterrupt", "KeyboardInterrupt at {file}:2"),
        ("class Odd(BaseException): pass\nraise Odd('why')", "Odd: why at {file}:2"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines at {file}:1"),
        ("1 / 0", "ZeroDivisionError: division by zero at {file}:1"),
        ("import json\njson.loads('{')", "at {file}:2"),
        (
            "import no_such_module",
            "ModuleNotFoundError: No module named 'no_such_module' at {file}",
        ),
        ("x = (\n", "SyntaxError: '(' was never closed at {file}:1"),
        (b"\x00\x01\x02", "null bytes"),
        (b"x = '\xff\xfe'", "SyntaxError"),
        (
            "class Odd(Exception):\n  def __str__(self): 1/0\nraise Odd",
            "can't be shown) at {file}:3",
        ),
        ("raise ValueError('x' * 10_000)", "xxx ... at {file}:1"),
        ("raise ValueError('\\udcff')", "ValueError: \\udcff at {file}:1"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded at {file}:1"),
    ],
)
def test_a_file_that_is_no_use_is_refused_in_one_line(load, tmp_path, text, line):
    with pytest.raises(ScenarioError) as refused:
        load(text)
    assert line.format(file=tmp_path / "mine.py") in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(tmp_path / "mine.py") in str(refused.value)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda path: None, "there is no file"),
        (lambda path: path.mkdir(), "is a folder"),
        (os.mkfifo, "is no regular file"),
        (lambda path: path.symlink_to(path.parent / "nothing"), "there is no file"),
    ],
)
def test_a_path_of_no_file_is_refused_with_what_is_there(load, tmp_path, make, line):
    make(tmp_path / "mine.py")
    with pytest.raises(ScenarioError, match=line):
        load(None)


def test_a_file_that_may_not_be_read_is_refused(load, tmp_path):
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "mine.py").write_text(right())
    (tmp_path / "mine.py").chmod(0)
    with pytest.raises(ScenarioError, match="Permission denied"):
        load(None)


def test_a_file_of_another_kind_is_refused(load):
    with pytest.raises(ScenarioError, match=r"must end in \.py"):
        load(right(), "mine.txt")


@pytest.mark.parametrize("name", ["random.py", "json.py", "a file.py", "zbench.py", "ü.py"])
def test_a_file_may_have_any_name(load, name):
    assert load("import random, json\nrandom.random(), json.dumps(1)\n" + right(), name)


def test_a_file_imports_a_helper_beside_it_and_the_standard_library(load, tmp_path):
    (tmp_path / "helper_beside.py").write_text("NAME = 'helped'\n")
    (tmp_path / "colorsys.py").write_text("raise AssertionError('not the library')\n")
    text = "import colorsys, helper_beside\n" + right(name="helper_beside.NAME")
    assert load(text)[0].name == "helped"
    assert "site-packages" not in sys.modules["helper_beside"].__file__


def test_a_file_in_a_package_imports_its_neighbours(load, tmp_path):
    (tmp_path / "outer_pk/inner").mkdir(parents=True)
    (tmp_path / "outer_pk/__init__.py").write_text("")
    (tmp_path / "outer_pk/inner/__init__.py").write_text("")
    (tmp_path / "outer_pk/top.py").write_text("NAME = 'far'\n")
    (tmp_path / "outer_pk/inner/near.py").write_text("from ..top import NAME\n")
    text = "from .near import NAME\nfrom outer_pk.top import NAME as SAME\n" + right(name="NAME")
    assert load(text, "outer_pk/inner/mine.py")[0].name == "far"


def test_a_users_scenario_is_described_without_its_code_and_prepared_on_demand(tmp_path):
    path, before = tmp_path / "mine.py", set(sys.modules)
    fields = {"parameters": f"({PARAMETER},)", "floors": "('floor-ring',)", "extras": "{'a': 'ns'}"}
    path.write_text(right(**fields))
    entry = registry.catalogue((path,))["one"]
    assert not [name for name in set(sys.modules) - before if "mine" in name]
    found = entry.scenario
    assert (found.parameters[0].high, found.floors, found.extras) == (
        100,
        ("floor-ring",),
        {"a": "ns"},
    )
    assert found.prepare({"n": 7}).parameters == {"n": 7}


def test_a_package_that_cannot_be_loaded_is_left_out_with_a_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "broken_offer.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "good_offer.py").write_text(right(name="'offered'"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    offers = ["module:broken_offer", "module:no_such_offer", "module:good_offer"]
    monkeypatch.setattr(registry, "_entry_points", lambda: iter(offers))
    known = registry.catalogue()
    assert known["offered"].source == "module:good_offer"
    assert "ping-pong" in known
    broken, missing = capsys.readouterr().err.splitlines()
    assert "left out: can't load scenarios from broken_offer: SystemExit: 0 at" in broken
    assert "No module named 'no_such_offer'" in missing


def test_a_floor_that_there_is_not_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text(right(floors="('floor-rign',)"))
    known = registry.catalogue((tmp_path / "mine.py",))
    with pytest.raises(UnknownNameError, match=r"one has .* 'floor-rign'; did you mean floor-ring"):
        plan_items([(known["one"], [{}])], known, True)


def test_a_users_scenario_with_the_name_of_another_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text(right(name="'ping-pong'"))
    with pytest.raises(ScenarioError, match="two scenarios are called 'ping-pong'"):
        registry.catalogue((tmp_path / "mine.py",))


def test_the_module_of_a_users_file_has_the_same_name_in_every_process(tmp_path):
    """Machine code is kept under that name; files of one name in two folders differ."""
    names = []
    for seed, folder in (("1", "a"), ("2", "a"), ("1", "b")):
        path = tmp_path / folder / "my-file.v2.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(right())
        source = f"from zbench.catalogue import registry as r; print(r.load_source('file:{path}'))"
        done = subprocess.run(
            [sys.executable, "-c", source],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        names.append(done.stdout.split("'")[1])
    assert names[0] == names[1]
    assert names[0] != names[2]
    assert all(name.isidentifier() for name in names)


def test_a_link_to_itself_is_no_file(tmp_path):
    link = tmp_path / "loop.py"
    link.symlink_to("loop.py")
    with pytest.raises(ScenarioError, match="there is no file"):
        registry.catalogue((link,))
