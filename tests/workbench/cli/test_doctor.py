import json

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
