import json

import pytest
from typer.testing import CliRunner
from zbench.checks import doctor
from zbench.checks.doctor import Finding
from zbench.cli.doctor import lines
from zbench.cli.main import app


def test_lines_fit_eighty_columns():
    long = Finding("cgroup limits", "warn", "found " * 30, "effect " * 30, "remedy " * 30)
    assert max(map(len, lines(long))) <= 80


def test_json_holds_every_check():
    done = CliRunner().invoke(app, ["doctor", "--json"])
    found = json.loads(done.stdout)
    assert {"name", "state", "found", "effect", "remedy"} == set(found[0])
    assert len({f["name"] for f in found}) == len(doctor.CHECKS)


@pytest.mark.parametrize("columns", [20, 40, 59, 60, 79])
def test_lines_fit_a_narrow_terminal_and_lose_no_word(columns):
    finding = Finding("cgroup limits", "warn", "found 1,234 " * 9, "effect " * 9, "remedy " * 9)
    shown = lines(finding, columns)
    assert max(map(len, shown)) <= columns
    assert " ".join(shown).split().count("1,234") == 9
