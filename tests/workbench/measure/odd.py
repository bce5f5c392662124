"""A scenario of a user's file whose code does what its parameter says."""

import ctypes
import glob
import os
import sys
import threading
import time

import numpy as np
from zbench.scenarios.base import Category, Parameter, Sample, Scenario


class Bare(Sample):
    def __post_init__(self):
        """Check nothing."""


SAMPLES = {
    "tuple": lambda: (1000, 10),
    "None": lambda: None,
    "number": lambda: 5,
    "class": lambda: Sample,
    "nan": lambda: Sample(float("nan"), 10),
    "text": lambda: Sample("1000", 10),
    "negative": lambda: Sample(1000, -1),
    "none handled": lambda: Sample(1000, 0),
    "huge": lambda: Sample(1000, 1 << 70),
    "half": lambda: Sample(1000, 1.5),
    "no time": lambda: Sample(0, 10),
    "unchecked": lambda: Bare(0, 0),
    "beyond": lambda: Sample(1000, 10, latency=np.array([1 << 63], np.uint64)),
    "latency": lambda: Sample(1000, 10, latency=[1, 2]),
    "buckets": lambda: Sample(1000, 10, latency=np.ones(7, np.int64)),
    "extra": lambda: Sample(1000, 10, extra={"a": "b"}),
    "error": lambda: Sample(1000, 10, error=True),
    "right": lambda: Sample(10**6, 10, extra={"share": float("nan"), "most": float("inf")}),
    "checked": lambda: Sample(10**6, 10, checked=True),
    "said yes": lambda: Sample(1000, 10, checked="no"),
    "below 0": lambda: Sample(1000, 10, latency=np.array([1, -1])),
    "wrong": lambda: Sample(1000, 0, error="7, expected 8"),
    "wrong, no reason": lambda: Sample(1000, 0, error=" "),
}


class Odd(BaseException):
    pass


def crash():
    ctypes.string_at(0)


def hang():
    time.sleep(1000)


def raise_odd():
    raise Odd("why")


def write_garbage():
    (side,) = [
        link for link in glob.glob("/proc/self/fd/*") if os.path.realpath(link).endswith("/side")
    ]
    with open(os.path.realpath(side), "a") as file:
        file.write("5\n")


FORKED = []


def fork_once():
    if not FORKED:
        FORKED.append(os.fork())


def leave_a_thread():
    threading.Thread(target=hang).start()
    print("printed")


def close_output_and_raise():
    sys.stdout.close()
    sys.stderr.close()
    raise OSError("unheard")


ACTIONS = {
    "raises": lambda: 1 / 0,
    "raises odd": raise_odd,
    "exits": lambda: sys.exit(0),
    "interrupts": lambda: (_ for _ in ()).throw(KeyboardInterrupt),
    "leaves": lambda: os._exit(0),
    "leaves with 7": lambda: os._exit(7),
    "crashes": crash,
    "is killed": lambda: os.kill(os.getpid(), 9),
    "hangs": hang,
    "forks": fork_once,
    "garbage": write_garbage,
    "thread": leave_a_thread,
    "closes output": close_output_and_raise,
}


class Made:
    def __init__(self, how):
        self.how = how

    def run(self):
        time.sleep(0.001)
        if self.how in ACTIONS:
            ACTIONS[self.how]()
        return SAMPLES.get(self.how, SAMPLES["checked"])()

    def close(self):
        if self.how == "close raises":
            raise OSError("closed")


class WithoutRun:
    def close(self):
        pass


class RunRaises(WithoutRun):
    @property
    def run(self):
        raise LookupError("no run")


PREPARED = {
    "prepares a number": lambda: 5,
    "prepares None": lambda: None,
    "prepares a class": lambda: WithoutRun(),
    "prepare hangs": hang,
    "prepares a fault": lambda: RunRaises(),
    "prepare raises": lambda: 1 / 0,
    "prepare exits": lambda: sys.exit(0),
}


def prepare(parameters):
    how = parameters["how"]
    return PREPARED[how]() if how in PREPARED else Made(how)


def prepare_of_nothing():
    return Made("right")


HOW = Parameter("how", "right", "what happens")
SCENARIOS = (
    Scenario("odd", "for tests", Category.MICRO, (HOW,), prepare=prepare),
    Scenario("no-arguments", "for tests", Category.MICRO, (), prepare=prepare_of_nothing),
)
