"""The gate's verdict for CI: JUnit XML and Markdown."""

from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from zbench.gate import Row, Verdict

ELEMENTS = {
    Verdict.REGRESSION: "failure",
    Verdict.FAILED: "error",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.NO_BASELINE: "skipped",
}


def title(row: Row) -> str:
    """Scenario and parameters on one line."""
    return " ".join([row.scenario, *(f"{k}={v}" for k, v in row.parameters.items())])


def junit(rows: list[Row]) -> str:
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
        case = ET.SubElement(suite, "testcase", classname="zbench", name=title(row))
        if kind is not None:
            ET.SubElement(case, kind, message=f"{row.verdict}: {row.reason}", type=str(row.verdict))
    root = ET.Element("testsuites")
    root.append(suite)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def markdown(rows: list[Row]) -> str:
    """A table for a comment."""
    lines = [
        "| scenario | verdict | throughput | 95 % interval | p99 | reason |",
        "|---|---|---:|---:|---:|---|",
    ]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in cells(row)) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def cells(row: Row) -> list[str]:
    """A row as words."""
    interval = f"{row.interval[0]:.3f} .. {row.interval[1]:.3f}" if row.interval else "-"
    return [
        title(row),
        str(row.verdict),
        "-" if row.throughput_ratio is None else f"{row.throughput_ratio:.3f}",
        interval,
        "-" if row.p99_ratio is None else f"{row.p99_ratio:.3f}",
        row.reason,
    ]


def as_dicts(rows: list[Row]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [asdict(row) for row in rows]
