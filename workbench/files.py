"""Writing files that a person named."""

import os
from pathlib import Path

from zbench.errors import ZbenchError


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        ZbenchError: if it can't be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        msg = f"can't write {path}: {error.strerror}; give another file"
        raise ZbenchError(msg) from error
