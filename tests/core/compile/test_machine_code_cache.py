"""The digest that keeps machine code fresh."""

import hashlib
import os
from pathlib import Path

import pytest
import zbench.core
from zbench.core.compile import machine_code_cache


def test_every_source_file_of_the_core_is_in_the_digest():
    walked = {
        Path(folder) / name
        for folder, _, names in os.walk(Path(zbench.core.__file__).parent)
        for name in names
        if name.endswith(".py")
    }
    assert len(walked) > 90
    assert set(machine_code_cache.sources(machine_code_cache.core_folder())) == walked


@pytest.mark.parametrize("place", ["a.py", "mailbox/b.py", "mailbox/bounded/c.py"])
def test_the_digest_changes_with_the_bytes_and_with_the_place_of_any_file(tmp_path, place):
    def digest():
        hashed = hashlib.sha256()
        machine_code_cache.hash_sources(hashed, tmp_path)
        return hashed.hexdigest()

    for name in ("a.py", "mailbox/b.py", "mailbox/bounded/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("X = 1\n")
    before = digest()
    (tmp_path / place).write_text("X = 2\n")
    changed = digest()
    (tmp_path / place).rename((tmp_path / place).with_name("moved.py"))
    assert len({before, changed, digest()}) == 3
