import pytest
from zbench.core.compile import machine_code_cache
from zbench.core.compile.settings import changed_settings, in_words


@pytest.fixture(autouse=True)
def _plain(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in changed_settings():
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_DISABLE_JIT", "1"),
        ("NUMBA_OPT", "0"),
        ("NUMBA_OPT", "max"),
        ("NUMBA_BOUNDSCHECK", "1"),
        ("NUMBA_BOUNDSCHECK", "0"),
        ("NUMBA_DEBUGINFO", "1"),
        ("NUMBA_ENABLE_PROFILING", "1"),
        ("NUMBA_LOOP_VECTORIZE", "0"),
        ("NUMBA_SLP_VECTORIZE", "1"),
        ("NUMBA_CPU_NAME", "generic"),
        ("NUMBA_CPU_FEATURES", "+sse2"),
        ("NUMBA_ENABLE_AVX", "0"),
        ("NUMBA_SOMETHING_NEW", "1"),
        ("ZBENCH_INTERPRETED", "1"),
    ],
)
def test_a_setting_that_changes_machine_code_is_found_and_kept_apart(monkeypatch, name, value):
    plain = machine_code_cache.core_digest()
    monkeypatch.setenv(name, value)
    assert in_words() == f"{name}={value}"
    assert machine_code_cache.core_digest() != plain


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_OPT", "3"),
        ("NUMBA_DISABLE_JIT", "0"),
        ("NUMBA_DISABLE_JIT", ""),
        ("NUMBA_CACHE_DIR", "/tmp"),
        ("NUMBA_NUM_THREADS", "1"),
        ("NUMBA_FULL_TRACEBACKS", "1"),
        ("NUMBA_DUMP_ASSEMBLY", "1"),
        ("NUMBA_CUDA_DRIVER", "/lib"),
    ],
)
def test_a_setting_that_leaves_machine_code_alone_is_not(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert in_words() == ""


def test_numbas_own_file_of_settings_is_found(monkeypatch, tmp_path):
    (tmp_path / ".numba_config.yaml").write_text("opt: 0\n")
    monkeypatch.setattr("zbench.core.compile.settings.find_spec", lambda _: object())
    assert in_words() == ".numba_config.yaml=opt: 0"
    monkeypatch.setattr("zbench.core.compile.settings.find_spec", lambda _: None)
    assert in_words() == ""  # numba can't read it either
