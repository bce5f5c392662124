"""``zbench cache``: the machine code that is kept between processes."""

from typing import Annotated

import typer
from zbench.cli.common import JsonOption
from zbench.cli.output import print_json, say
from zbench.errors import ZbenchError


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all of it.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what nobody used for 30 days, or beyond 1 GiB.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show or remove the machine code kept for later processes.

    It is pruned by itself, once a day. Builds of peers are not part of it.

    Example: zbench cache --prune
    """
    from zbench.core.compile import kept_files
    from zbench.core.compile.kept_files import programs as programs_in
    from zbench.core.compile.machine_code_cache import code_folder

    if clear and prune:
        msg = "--clear removes what --prune does, and all else; give one of them"
        raise ZbenchError(msg)
    removed = kept_files.clear() if clear else kept_files.prune() if prune else None
    found = kept_files.entries()
    place, size, programs = str(code_folder()), sum(e.bytes for e in found), programs_in(found)
    if as_json:
        facts = {"place": place, "bytes": size, "files": len(found), "programs": programs}
        print_json([{**facts, "removed_bytes": removed.bytes if removed else 0}])
    else:
        if removed:
            say(f"removed   {_size(removed.bytes)} in {_files(removed.entries)}")
        say(f"place     {place}")
        say(f"size      {_size(size)} in {_files(len(found))}")
        say(f"programs  {programs}")
    if removed and removed.error:
        msg = f"can't remove everything: {removed.error.strerror}; is the folder yours?"
        raise ZbenchError(msg)


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"


def _size(number: int) -> str:
    """A number of bytes in the unit that fits it."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} B"
