"""Tables for a terminal, plain when piped; where columns don't fit, a block of lines a row.

A word, and so a number, is never cut: the columns of names fold between words, and a table
that is still too wide is folded whole.
"""

import sys
from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text
from zbench.cli.output import terminal_width, write_raw, writing
from zbench.reports.wording import plain

GAP = 2  # spaces between columns
LONGEST_WORD = 24  # a longer one, such as a path, may be broken
INDENT = "  "


def show(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Print a table of texts.

    Args:
        headers: A heading a column.
        rows: A text a column each.
        left: How many columns are names: aligned left, folded where they are too wide.
            All others are aligned right and never folded.
    """
    out = _console()
    heads, cells = [plain(head) for head in headers], [[plain(c) for c in row] for row in rows]
    widths = _widths(heads, cells, left, out.width - _rules(out, len(heads)))
    if widths is None:
        for row in cells:
            _show_block(heads, row, out.width)
        return
    style = box.SIMPLE_HEAD if out.is_terminal else None
    table = Table(box=style, pad_edge=False, header_style="bold" if out.is_terminal else "")
    for number, (head, width) in enumerate(zip(heads, widths, strict=True)):
        side = "left" if number < left else "right"
        table.add_column(Text(head), justify=side, overflow="fold", width=width)  # type: ignore[arg-type]
    for row in cells:
        table.add_row(*map(Text, row))
    with writing(), out.capture() as captured:
        out.print(table)
    write_raw("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _console() -> Console:
    """Return a console: as wide as the terminal, or 80 columns without colour."""
    out = sys.stdout
    return Console(file=out, highlight=False, width=terminal_width(), no_color=not out.isatty())


def _rules(out: Console, columns: int) -> int:
    """Columns of the terminal that gaps and, on a terminal, the table's box take."""
    return GAP * (columns - 1) + (columns + 1 if out.is_terminal else 0)


def _widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], left: int, room: int
) -> list[int] | None:
    """Choose the widths of columns; None if words don't fit.

    The widest column of names gives way first, down to its longest word.
    """
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    least = [_longest_word(column) for column in columns[:left]] + widths[left:]
    widths = [max(fewest, min(width, room)) for fewest, width in zip(least, widths, strict=True)]
    while sum(widths) > room:
        wide = [number for number in range(left) if widths[number] > least[number]]
        if not wide:
            return None
        widths[max(wide, key=lambda number: widths[number])] -= 1
    return widths


def _longest_word(column: Sequence[str]) -> int:
    words = [word for text in column for word in text.split()]
    return min(max(map(cell_len, words), default=0), LONGEST_WORD)


def _show_block(heads: Sequence[str], row: Sequence[str], width: int) -> None:
    """Print one row as lines: its name, then a heading and a value each."""
    lines = _folded(row[0], width)
    across = max(map(cell_len, heads[1:]), default=0)
    for head, value in zip(heads[1:], row[1:], strict=True):
        gap = " " * (across - cell_len(head) + GAP)
        line = f"{INDENT}{head}{gap}{value}"
        if not value:
            continue
        if cell_len(line) <= width:
            lines.append(line)
        else:
            lines += [INDENT + head, *(INDENT * 2 + part for part in _folded(value, width - 4))]
    write_raw("\n".join(lines))


def _folded(text: str, width: int) -> list[str]:
    """Break a text between words; a word wider than the width is a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]
