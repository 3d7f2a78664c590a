"""What the machine is, and how fast it multiplies."""

import json
import os
import platform
import subprocess
import time

# Of those a kernel may be chosen by.
FLAGS = ["avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16",
         "asimd", "asimddp", "bf16", "i8mm", "sve"]


def cpuinfo():
    try:
        with open("/proc/cpuinfo") as file:
            lines = [line.partition(":") for line in file]
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in reversed(lines)}


def describe():
    """{cpu, cores, flags, system}."""
    info = cpuinfo()
    present = (info.get("flags") or info.get("Features") or "").split()
    model = info.get("model name") or platform.processor() or platform.machine()
    if info.get("cpu family"):
        model += f" (family {info['cpu family']}, model {info['model']})"
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "flags": " ".join(flag for flag in FLAGS if flag in present),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def peak(threads, clock, program=None):
    """{"f32": Gop/s, ..}: what `program` prints as one line of JSON, or the best of some large products in f32, which
    is less than what the cores could do; {} without PyTorch."""
    if program:
        found = subprocess.run([program, "--threads", str(threads)], capture_output=True, text=True, check=True)
        return json.loads(found.stdout.splitlines()[-1])
    try:
        import torch
    except ImportError:
        return {}
    now = time.process_time if clock == "cpu" else time.perf_counter
    torch.set_num_threads(threads)
    size, best = 2048, float("inf")
    left, right = torch.randn(size, size), torch.randn(size, size)
    for _ in range(8):
        started = now()
        left @ right
        best = min(best, now() - started)
    return {"f32": 2 * size**3 / best / 1e9}
