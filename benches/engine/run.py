"""griot's engine beside PyTorch, ONNX Runtime and others, on this machine.

    python benches/engine/run.py                       everything; an hour or so, most of it the peers
    python benches/engine/run.py --workloads w1 --inputs sent,one --only 'griot|ort' --rounds 3

Makes an environment of its own with the pinned peers, builds griot, makes the models (random weights) and their
exports, and writes a report. What cannot be had is left out with a message. README.md says what is measured and how.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="w1,w2,w3")
    parser.add_argument("--inputs", default="sent,doc,one,one-busy,seeds")
    parser.add_argument("--only", default="", help="expression that the names of contenders must match")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="for each contender")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: seconds of CPU count, for one thread on a machine that others use")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target/engine-bench", help="folder for what is made")
    parser.add_argument("--venv", type=Path, help="environment that has the peers; default: made in the work folder")
    parser.add_argument("--griot", type=Path, help="the program `contender`; default: built")
    parser.add_argument("--rivals", type=Path, help="folder of the programs of `rivals`; default: built")
    parser.add_argument("--peak", type=Path, help="program that prints the peak of this machine as JSON")
    parser.add_argument("--spacy", type=Path, help="trained pipeline of spaCy; default: one without training")
    parser.add_argument("--around", help="program called with `begin` before times are taken and with `end` after")
    parser.add_argument("--out", type=Path, help="file of the report; standard output by default")
    return parser.parse_args()


def say(message):
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


def enter_environment(args):
    """Continues in the environment of the peers, which is made if there is none."""
    venv = args.venv or args.work / "venv"
    python = venv / "bin/python"
    if Path(sys.prefix).resolve() == venv.resolve():
        return
    if not python.exists():
        say(f"making {venv}")
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if args.venv is None:
        requirements = [line for line in (HERE / "requirements.txt").read_text().splitlines() if line[:1] not in "#"]
        for requirement in requirements:
            found = subprocess.run([python, "-m", "pip", "install", "--quiet", requirement])
            if found.returncode:
                say(f"skipped: {requirement} cannot be installed")
    os.execv(python, [str(python), *sys.argv])


def built(args):
    """The program `contender`; None if it does not build."""
    if args.griot:
        return args.griot
    say("building griot")
    command = ["cargo", "build", "--release", "--quiet", "--package", "griot-engine-bench"]
    if subprocess.run(command, cwd=REPOSITORY).returncode:
        say("skipped: griot does not build")
        return None
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "release/contender"


def built_rivals(args):
    """The folder of peers in Rust; None if they do not build."""
    if args.rivals:
        return args.rivals
    say("building peers in Rust")
    target = (args.work / "rivals").resolve()
    command = ["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", target]
    if subprocess.run(command, cwd=HERE / "rivals").returncode:
        say("skipped: peers in Rust do not build")
        return None
    return target / "release"


def prepared(workload, args):
    """The folder of a workload; None if it cannot be made."""
    folder = args.work / workload
    if not (folder / "inputs.json").exists():
        say(f"making {workload}")
        module = "contest.network" if workload == "w2" else "contest.shapes"
        if subprocess.run([sys.executable, "-m", module, workload, folder], cwd=HERE).returncode:
            say(f"skipped: {workload} cannot be made")
            return None
    return folder


def started(rival, folder, args, programs):
    """A process, asleep; None with a message if there cannot be one. `programs`: griot and the folder of rivals."""
    from contest.rounds import Process, Refused

    arguments = rival.arguments(*programs)
    if arguments is None:
        return None
    if rival.lacks():
        say(f"skipped: {rival.name}, for which this CPU has no instructions")
        return None
    settings = {**rival.settings, "threads": args.threads, "folder": str(folder), "inputs": str(folder / "inputs.json")}
    if folder.name == "w2":
        settings["window"] = 512
        if rival.module is None and rival.program is None:
            settings["folder"] = None
    if args.spacy:
        settings["spacy"] = str(args.spacy)
    if settings.get("streams", 1) is None:
        settings["streams"] = args.threads
    environment = {name: str(args.threads) for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS")}
    environment["PYTHONPATH"] = str(HERE)
    try:
        process = Process(rival.name, arguments, settings, environment)
    except Refused as reason:
        say(f"skipped: {rival.name}: {reason}")
        return None
    process.sleep()
    return process


@contextlib.contextmanager
def around(program):
    """To quieten a machine that others use."""
    if not program:
        yield
        return
    try:
        subprocess.run([program, "begin"], check=True)
        yield
    finally:
        subprocess.run([program, "end"], check=True)


def compete(workload, args, programs):
    """The result of a workload: what `report` reads; None if it cannot be run."""
    from contest import parity, rivals, rounds

    folder = prepared(workload, args)
    if folder is None:
        return None
    inputs = args.inputs.split(",")
    chosen = [rival for rival in rivals.RIVALS[workload]
              if re.search(args.only, rival.name) and set(rival.inputs) & set(inputs)]
    if args.threads == 1:
        chosen = [rival for rival in chosen if not rival.name.endswith("-streams")]
    result = {"workload": workload, "inputs": json.loads((folder / "inputs.json").read_text()), "contenders": {}}
    processes = [found for rival in chosen if (found := started(rival, folder, args, programs))]
    try:
        say(f"{workload}: {', '.join(process.name for process in processes)}")
        result["parity"] = parity.check(processes)
        by_name = {rival.name: rival for rival in chosen}
        takes_part = {name: [process for process in processes if name in by_name[process.name].inputs]
                      for name in inputs}
        with around(args.around):
            rounds.tune_all(takes_part, folder / f"tuned-{args.threads}.json", rounds.CLOCKS[args.clock], say)
            result["seconds"] = rounds.rounds(takes_part, args.rounds, say)
        for process in processes:
            result["contenders"][process.name] = {
                "version": process.version, "peak_kib": process.peak_kib, "batch": process.batch,
                "load_seconds": process.load_seconds,
            }
    finally:
        for process in processes:
            process.close()
    return result


def main():
    args = parse()
    # Contenders that sleep must not be left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    args.work.mkdir(parents=True, exist_ok=True)
    enter_environment(args)
    sys.path.insert(0, str(HERE))
    from contest import machine, report

    programs = built(args), built_rivals(args)
    with around(args.around):
        peak = machine.peak(args.threads, args.clock, args.peak)
    results = [compete(workload, args, programs) for workload in args.workloads.split(",")]
    (args.work / "results.json").write_text(json.dumps(results))
    text = report.markdown(machine.describe(), peak, args, [result for result in results if result])
    if args.out:
        args.out.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
