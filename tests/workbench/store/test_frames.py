from zbench.store.frames import frame

from tests.reports.samples import result, run_of

HERE = {"hostname": "here", "cpu_count": 2, "python_version": "3.11"}


def test_every_value_is_a_row_with_its_run_its_machine_and_its_parameters():
    found = frame([run_of(result("a"), host=HERE), run_of(result("a"), number=2)])
    assert len(found) == 8
    assert dict(found.groupby("run")["host"].first()) == {1: "here, 2", 2: "unknown"}
    assert set(found["p_workers"]) == {1}
    assert set(found["parameters"]) == {"workers=1"}
