"""The training loop that `pretrain` and `finetune` share: fixed number of steps, seeded a step, resumable anywhere."""

import json
import pathlib
import signal
import time

import numpy as np
import torch

CHECKPOINT_SECONDS = 240
LOG_STEPS = 200
BETAS = (0.9, 0.98)


def add_arguments(parser, steps, rate):
    parser.add_argument("--steps", type=int, default=steps, help="length of the run; the learning rate ends at zero")
    parser.add_argument("--pause-minutes", type=float, default=1e9, help="stop early; the same command goes on")
    parser.add_argument("--words", type=int, default=4096, help="words a batch, padding included")
    parser.add_argument("--rate", type=float, default=rate, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 = all")


def device_of(args):
    torch.set_num_threads(args.threads or torch.get_num_threads())
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device):
    """BF16 where the hardware multiplies in it (GPU, AVX-512); elsewhere it is emulated, thirty times slower than F32."""
    fast = device.type == "cuda" or "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)


def rate_at(done, peak, warm=0.02):
    """Linear warm-up, then down to zero; `done` in [0, 1]."""
    return peak * min(1.0, done / warm) * (1 - done) ** 0.9


class Run:
    """Model, moving average of its weights, optimiser and progress: all that a checkpoint holds."""

    def __init__(self, path, model, optimiser, average=0.0):
        self.path, self.model, self.optimiser, self.decay = pathlib.Path(path), model, optimiser, average
        self.average = {k: v.detach().clone() for k, v in model.state_dict().items()} if average else {}
        self.step, self.epoch, self.position, self.seconds, self.log = 0, 0, 0, 0.0, []
        if self.path.exists():
            self._load()

    def _load(self):
        device = next(self.model.parameters()).device
        saved = torch.load(self.path, map_location=device, weights_only=False)
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        for name in ("average", "step", "epoch", "position", "seconds", "log"):
            setattr(self, name, saved[name])
        print(f"resumed at step {self.step}", flush=True)

    def save(self):
        names = ("average", "step", "epoch", "position", "seconds", "log")
        state = {name: getattr(self, name) for name in names}
        state |= {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)
        device = next(self.model.parameters()).device.type
        self.path.with_suffix(".json").write_text(json.dumps(
            {"steps": self.step, "minutes": round(self.seconds / 60, 1), "device": device, "log": self.log}, indent=1))

    @torch.no_grad()
    def update_average(self):
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            if name in self.average:
                self.average[name].lerp_(value, 1 - decay)

    def take_step(self, loss):
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.position += 1
        self.update_average()


def fit(run, args, epochs, loss_of, evaluate=None):
    """Trains until `args.steps`. `epochs(n)` gives pass n, `loss_of(epoch, batch)` the loss of a batch of it."""
    started = saved = time.monotonic()
    base, losses, seen, stopped = run.seconds, [], 0, []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))  # the step goes on, then a checkpoint is written

    def done():
        return stopped or run.step >= args.steps or time.monotonic() - started >= args.pause_minutes * 60

    def checkpoint():
        entry = {"step": run.step, "minutes": round(run.seconds / 60, 1)}
        entry["loss"] = round(float(np.mean(losses[-LOG_STEPS:])), 4)
        if evaluate:
            entry["scores"] = evaluate()
        run.log.append(entry)
        run.save()
        print(json.dumps(entry), f"{seen / (time.monotonic() - started):.0f} words/s", flush=True)

    while not done():
        epoch = epochs(run.epoch)
        batches = epoch.batches(args.words, np.random.default_rng([args.seed, run.epoch]))
        for batch in batches[run.position :]:
            torch.manual_seed(args.seed * 1_000_003 + run.step)
            for group in run.optimiser.param_groups:
                group["lr"] = rate_at(run.step / args.steps, args.rate)
            run.model.train()
            loss = loss_of(epoch, batch)
            run.take_step(loss)
            losses.append(loss.detach().item())
            seen += int(epoch.lengths[batch].sum())
            run.seconds = base + time.monotonic() - started
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                checkpoint()
                saved = time.monotonic()
            if done():
                break
        else:
            run.epoch, run.position = run.epoch + 1, 0
    checkpoint()
