"""A peer for tests: prints what a harness prints, at the pace and with the faults asked for."""

import argparse
import json
import os
import signal
import subprocess
import time

parser = argparse.ArgumentParser()
parser.add_argument("scenario")
for option in ("threads", "iterations", "warmups", "seed"):
    parser.add_argument(f"--{option}", type=int, default=0)
parser.add_argument("-p", action="append", default=[])
parser.add_argument("--ns", type=int, default=100, help="nanoseconds a message")
parser.add_argument("--warm", type=int, default=0, help="iterations that take thrice as long")
parser.add_argument("--fault", default="")
parser.add_argument("--p99", type=int, default=0)
parser.add_argument("--journal")
args = parser.parse_args()
parameters = {key: int(value) for key, _, value in (text.partition("=") for text in args.p)}


def say(**line):
    print(json.dumps(line), flush=True)


if args.journal:
    with open(args.journal, "a") as journal:
        cpus = sorted(os.sched_getaffinity(0))
        journal.write(json.dumps([args.ns, args.threads, cpus, args.iterations, args.seed]) + "\n")
if args.fault == "hello":
    print("hello, I am a peer", flush=True)
say(
    kind="peer",
    protocol=2 if args.fault == "newer" else 1,
    peer="fake",
    version="1.0",
    runtime="Python",
    threads=args.threads,
    options={"ns": args.ns},
)
if args.fault == "leave":
    subprocess.Popen(["sleep", "60"])
for iteration in range(args.iterations):
    if iteration == 2:
        if args.fault == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if args.fault == "exit":
            raise SystemExit("out of luck")
        if args.fault == "hang":
            time.sleep(60)
        if args.fault == "stop":
            break
    messages = parameters["messages"] + 3
    slow = 3 if iteration < args.warm else 1
    drift = 1.5**iteration if args.fault == "drift" else 1
    wrong = args.fault == "wrong" and iteration == 1
    say(
        kind="iteration",
        scenario=args.scenario,
        parameters=parameters,
        iteration=iteration,
        warmup=iteration < args.warmups,
        elapsed_ns=int(messages * args.ns * slow * drift) + iteration % 3,
        messages=messages + (1 if args.fault == "messages" else 0),
        answer=parameters["messages"] - (1 if wrong else 0),
        histogram=[[50, 98], [args.p99, 2]] if args.p99 else None,
        rss_bytes=1 << 20,
        peak_rss_bytes=2 << 20,
        extra=[1] if args.fault == "extra" else {"resident_bytes_per_actor": 400.0 + iteration},
        **({"error": "the count is one short"} if wrong else {}),
    )
    if wrong:
        raise SystemExit(1)
