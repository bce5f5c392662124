"""Scenarios of a user's file: one right, one wrong, one that dies, one that hangs."""

import os
import time

from zbench.scenarios.base import Category, Parameter, Sample, Scenario


class Made:
    def __init__(self, parameters):
        self.parameters = parameters

    def run(self):
        how = self.parameters["how"]
        if how == "dies":
            os._exit(7)
        if how == "hangs":
            time.sleep(1000)
        error = "the count is 1, expected 2" if how == "wrong" else None
        start = time.perf_counter_ns()
        time.sleep(0.002)
        return Sample(time.perf_counter_ns() - start, int(self.parameters["n"]), error)

    def close(self):
        pass


SCENARIOS = (
    Scenario(
        name="mine",
        purpose="sleeps",
        category=Category.MICRO,
        parameters=(
            Parameter("n", 10, "messages", 1, 100),
            Parameter("how", "right", "what happens", choices=("right", "wrong", "dies", "hangs")),
        ),
        prepare=Made,
    ),
)
