import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import zbench

from tests.workbench.peers.fakes import write_peer


def test_the_command_measures_keeps_and_tells_who_is_left_out(tmp_path):
    write_peer(tmp_path / "peers", "one")
    write_peer(tmp_path / "peers", "two", variants=[("default", []), ("tuned", ["--ns", "50"])])
    write_peer(tmp_path / "peers", "gone", tools=[("lost", ["no-such-tool"], "look for it")])

    def call(*words):
        command = [sys.executable, "-m", "zbench.cli", *words, "--store", str(tmp_path / "s.db")]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=200)

    asked = ["versus", "counting", "--reference", "one", "--peers", "two,gone", "--quick"]
    asked += ["--peers-path", str(tmp_path / "peers"), "--cores", "1", "--save", "sides"]
    done = call(*asked)
    assert done.returncode == 0, done.stderr
    assert "gone is left out, tools missing: lost is missing: look for it" in done.stderr
    assert "two tuned" in done.stdout
    assert "cited, not measured" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Runtimes side by side" in (tmp_path / "report.html").read_text()
    assert "two tuned" in call("show", "sides").stdout
    schema = json.loads((Path(zbench.__file__).parent / "results.schema.json").read_text())
    jsonschema.validate(json.loads(call("show", "sides", "--json").stdout), schema)
    for form in ("pyperf", "csv", "json", "markdown"):
        assert call("export", "sides", "--format", form).returncode == 0, form
    for words, said in (
        ([asked[0], "countin", *asked[2:]], "did you mean counting?"),
        (["versus", "counting", "--reference", "nobody"], "no peer is called 'nobody'"),
        ([*asked, "-p", "mesages=5"], "did you mean messages?"),
        ([*asked, "-p", "messages=0"], "must be whole numbers above 0"),
        ([*asked[:4], "--peers", "two:fast", *asked[7:]], "no variant 'fast'"),
        ([*asked[:4], "--peers", " ,", *asked[7:]], "--peers must name peers, got ' ,'"),
        ([*asked[:4], "--peers", "", *asked[7:]], "--peers must name peers, got ''"),
        ([*asked[:-4], "--cores", "999"], "--cores must be numbers"),
    ):
        done = call(*words)
        assert done.returncode == 2, (words, done.stdout)
        assert said in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_command_with_130_and_keeps_the_run(tmp_path):
    journal = tmp_path / "journal"
    variants = [("default", []), ("stuck", ["--fault", "hang", "--journal", str(journal)])]
    write_peer(tmp_path / "peers", "one")
    write_peer(tmp_path / "peers", "two", variants=variants)
    command = [sys.executable, "-m", "zbench.cli", "versus", "counting", "--reference", "one"]
    command += ["--peers", "two", "--peers-path", str(tmp_path / "peers"), "--quick"]
    command += ["--cores", "1", "--store", str(tmp_path / "s.db"), "--report", "none"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    while not journal.exists() or not journal.read_text():
        time.sleep(0.02)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "interrupted; what was measured is run 1" in said
