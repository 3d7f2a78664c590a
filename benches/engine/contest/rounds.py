"""Contenders as processes that persist, one of them awake at a time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median


def cpu_seconds(pid):
    """What the threads of a process have used; nan where the system does not tell."""
    try:
        files = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((file / "schedstat").read_text().split()[0]) for file in files) / 1e9
    except OSError:
        return float("nan")


class Refused(Exception):
    """What a contender cannot do."""


class Process:
    """A contender: `arguments` start it, `settings` is its `load` command."""

    def __init__(self, name, arguments, settings, environment=None):
        self.name, self.batch, self.peak_kib = name, {}, 0
        # griot chooses its own.
        self.has_batches = "streams" in settings
        environment = {**os.environ, **(environment or {})}
        self.said = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, text=True, env=environment,
        )
        try:
            started = time.perf_counter()
            self.version = self.ask(cmd="load", **settings)["version"]
            self.load_seconds = time.perf_counter() - started
        except Refused:
            self.close()
            raise

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.said.seek(0)
            raise Refused(f"ended with status {status}: {(self.said.read().splitlines() or ['nothing said'])[-1]}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    @contextmanager
    def may_fail(self, say):
        """What a contender cannot do is said and left out."""
        try:
            yield
        except Refused as reason:
            say(f"skipped: {self.name}: {reason}")
            self.sleep()

    def sleep(self):
        self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def run(self, name, batch=None):
        """(seconds by the clock, seconds of CPU of all threads)."""
        before = cpu_seconds(self.process.pid)
        answer = self.ask(cmd="run", input=name, batch=batch or self.batch.get(name, 8))
        self.peak_kib = max(self.peak_kib, answer.get("rss_kib") or 0)
        return answer["seconds"], cpu_seconds(self.process.pid) - before

    def close(self):
        self.wake()
        self.process.stdin.close()
        self.process.wait()


class Busy:
    """Keeps one core busy while it is entered."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        time.sleep(0.2)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


# Which of the two times of a run counts.
CLOCKS = {"wall": 0, "cpu": 1}
# Batch sizes that are tried, and how many runs make a turn: short ones are repeated.
SIZES = {"sent": (1, 4, 8, 16, 32), "doc": (1, 2, 4), "seeds": (1, 4, 8, 16, 32)}
RUNS = {"sent": 1, "doc": 1, "one": 21, "one-busy": 21, "seeds": 1}


def best_size(process, name, sizes, clock):
    """Climbs from the middle one on: a run for each size, after one to warm up."""
    at = len(sizes) // 2
    process.run(name, sizes[at])
    seconds = {at: process.run(name, sizes[at])[clock]}
    for step in (-1, 1):
        while 0 <= (beside := min(seconds, key=seconds.get) + step) < len(sizes) and beside not in seconds:
            seconds[beside] = process.run(name, sizes[beside])[clock]
    return sizes[min(seconds, key=seconds.get)]


def tune_all(takes_part, file, clock, say):
    """Chooses a batch size for each contender that has a choice, or takes that of an earlier call from `file`."""
    tuned = json.loads(file.read_text()) if file.exists() else {}
    for name, processes in takes_part.items():
        for process in processes:
            if not process.has_batches or name not in SIZES:
                continue
            of = tuned.setdefault(process.name, {})
            if name not in of:
                process.wake()
                with process.may_fail(say):
                    of[name] = best_size(process, name, SIZES[name], clock)
                    process.sleep()
                    say(f"{process.name} {name}: batches of {of[name]}")
            process.batch[name] = of.get(name)
    file.write_text(json.dumps(tuned))


def turn(process, name):
    """The median of some runs, in seconds by the clock and of CPU, with all others asleep."""
    process.wake()
    if RUNS[name] > 1:
        process.run(name.removesuffix("-busy"))
    with Busy() if name.endswith("-busy") else nullcontext():
        runs = [process.run(name.removesuffix("-busy")) for _ in range(RUNS[name])]
    process.sleep()
    return [median(kind) for kind in zip(*runs)]


def rounds(takes_part, count, say):
    """{input: {contender: [what `turn` gives, for each round]}}. The order moves on from round to round, so that nobody
    is always after the same one."""
    seconds = {name: {process.name: [] for process in processes} for name, processes in takes_part.items()}
    for name, processes in takes_part.items():
        for number in range(count):
            shift = number % max(len(processes), 1)
            for process in processes[shift:] + processes[:shift]:
                with process.may_fail(say):
                    taken = turn(process, name)
                    seconds[name][process.name].append(taken)
                    say(f"{name} {process.name}: {taken[0] * 1e3:,.1f} ms, {taken[1] * 1e3:,.1f} ms of CPU")
    return {name: {contender: taken for contender, taken in of.items() if taken} for name, of in seconds.items()}
