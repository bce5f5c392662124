"""The gate's verdict for CI: JUnit XML and Markdown."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from zbench.gate.verdict import Row, Verdict
from zbench.reports.wording import markdown_cell, title

ELEMENTS = {
    Verdict.REGRESSION: "failure",
    Verdict.FAILED: "error",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.NO_BASELINE: "skipped",
}

# A worker's last words may hold characters that XML 1.0 can't, such as escapes.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def not_run(reason: str) -> Row:
    """The row of a gate that judged nothing: a failure, as CI must not take it for a pass."""
    return Row("zbench gate", {}, Verdict.FAILED, None, None, None, reason)


def junit(rows: Sequence[Row]) -> str:
    """JUnit XML: a failure is a regression, an error a crash, skipped not judged."""
    kinds = [ELEMENTS.get(row.verdict) for row in rows]
    suite = ET.Element(
        "testsuite",
        name="zbench gate",
        tests=str(len(rows)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
    )
    for row, kind in zip(rows, kinds, strict=True):
        case = ET.SubElement(
            suite, "testcase", classname="zbench", name=NOT_XML.sub("?", title(row))
        )
        if kind is not None:
            message = NOT_XML.sub("?", f"{row.verdict}: {row.reason}")
            ET.SubElement(case, kind, message=message, type=str(row.verdict))
    root = ET.Element("testsuites")
    root.append(suite)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def markdown(rows: Sequence[Row]) -> str:
    """A table for a comment."""
    lines = [
        "| scenario | verdict | throughput | 95 % interval | p99 | p99 interval | reason |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    lines += ["| " + " | ".join(map(markdown_cell, cells(row))) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cells(row: Row) -> list[str]:
    """A row as words."""
    return [
        title(row),
        str(row.verdict),
        "-" if row.throughput_ratio is None else f"{row.throughput_ratio:.3f}",
        _interval(row.interval),
        "-" if row.p99_ratio is None else f"{row.p99_ratio:.3f}",
        _interval(row.p99_interval),
        row.reason,
    ]


def _interval(interval: tuple[float, float] | None) -> str:
    return "-" if interval is None else f"{interval[0]:.3f} .. {interval[1]:.3f}"


def as_dicts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [asdict(row) for row in rows]
