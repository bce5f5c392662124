"""Text of scenario files for tests."""

HEAD = """\
import time
from zbench.scenarios.base import Category, Parameter, Sample, Scenario


class Made:
    def __init__(self, parameters):
        self.parameters = parameters

    def run(self):
        return Sample(10**6, 100)

    def close(self):
        pass


"""


def scenario(**fields):
    """Source of a Scenario; a field is given as source, too."""
    given = {
        "name": "'one'",
        "purpose": "'for tests'",
        "category": "Category.MICRO",
        "parameters": "()",
        "prepare": "Made",
    } | fields
    return f"Scenario({', '.join(f'{key}={text}' for key, text in given.items())})"


def right(**fields):
    """Source of a whole file with one scenario."""
    return f"{HEAD}SCENARIOS = ({scenario(**fields)},)\n"
