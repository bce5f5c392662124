"""A process that imports user code and writes down its scenarios, for ``elsewhere``.

Started as ``python -m zbench.catalogue.describe JOB``. The answer is written to a file, since
standard output is the user's code's.
"""

import json
import sys
import traceback
from dataclasses import fields
from numbers import Integral
from pathlib import Path
from typing import Any

from zbench.catalogue.faults import user_code
from zbench.catalogue.registry import load_source, scenarios_of
from zbench.catalogue.sources import folder_of
from zbench.children import ends
from zbench.errors import ScenarioError
from zbench.scenarios.base import Parameter, Scenario


def _description(scenario: Scenario) -> dict[str, Any]:
    """A scenario's fields, but for its code."""
    found = {field.name: getattr(scenario, field.name) for field in fields(Scenario)}
    del found["prepare"]
    # Not asdict: a user's subclass may have fields of its own.
    parameters = [
        {field.name: getattr(parameter, field.name) for field in fields(Parameter)}
        for parameter in scenario.parameters
    ]
    return {**found, "parameters": parameters, "extras": dict(scenario.extras)}


def _number(value: Any) -> int | float:
    """A bound of another library's type, such as numpy.int64, as Python's own."""
    return int(value) if isinstance(value, Integral) else float(value)


def main() -> None:
    """Import one source; write the descriptions, or the line that says what is wrong."""
    job = json.loads(sys.argv[1])
    source = job["source"]
    ends.expect_end(job["until"])
    try:
        with user_code(folder_of(source)):
            found = {"scenarios": [_description(s) for s in scenarios_of(load_source(source))]}
            text = json.dumps(found, default=_number)
    except ScenarioError as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        text = json.dumps({"error": str(error)})
    draft = Path(job["answer"] + ".draft")
    draft.write_text(text)
    draft.replace(job["answer"])
    ends.leave(0)


if __name__ == "__main__":
    main()
