"""The report in Markdown."""

from statistics import median

from .rounds import CLOCKS

WHAT = {
    "w1": "W1, BERT-base multilingual: 12 × 768, vocabulary 119,547",
    "w2": "W2, the shipped model (`griot-mini`, word-level)",
    "w3": "W3, XLM-RoBERTa-base: 12 × 768, vocabulary 250,002",
}
INPUTS = {
    "sent": "256 sentences of mixed length",
    "doc": "4 documents of 512 tokens",
    "one": "one sentence of 32 tokens",
    "one-busy": "one sentence of 32 tokens, another process busy",
    "seeds": "seed corpus, text in, entities out",
}


def row(cells):
    return f"| {' | '.join(str(cell) for cell in cells)} |"


# (width, layers with attention, weights of all matrices of layers), as the reports count useful operations.
BASE = 768, 12, 12 * 12 * 768**2
NETWORKS = {"w1": BASE, "w2": (192, 2, 4 * 6 * 192**2 + 2 * 12 * 192**2), "w3": BASE}


def giga_operations(workload, lengths):
    """Of the matrices of layers and of attention, padding not counted; None for what has no such count."""
    if lengths is None:
        return None
    width, layers, weights = NETWORKS[workload]
    return sum(2 * length * weights + 4 * layers * length**2 * width for length in lengths) / 1e9


def families(seconds):
    """{peer: its ways to use the cores}: one is compared with the best of them."""
    found = {}
    for name in seconds:
        if not name.startswith("griot"):
            found.setdefault(name.removesuffix("-streams"), []).append(name)
    return found


def table(result, name, turns, peak, clock):
    data = result["inputs"][name.removesuffix("-busy")]
    work = giga_operations(result["workload"], data.get("lengths"))
    unit = "words/s" if name == "seeds" else "tokens/s"
    seconds = {contender: [taken[CLOCKS[clock]] for taken in of] for contender, of in turns.items()}
    cpu = {contender: median(taken[1] for taken in of) for contender, of in turns.items()}
    peers = families(seconds)
    lines = [f"### {INPUTS[name]} ({data['tokens']:,} {unit.removesuffix('/s')})", ""]
    head = ["contender", "batch", "median ms", "min ms", unit, "of peak", "CPU ms", *(f"× {peer}" for peer in peers)]
    lines += [row(head), row(["---", *["---:"] * (len(head) - 1)])]
    best = {peer: (min(median(seconds[name]) for name in names), min(min(seconds[name]) for name in names))
            for peer, names in peers.items()}
    for contender, taken in seconds.items():
        middle, least = median(taken), min(taken)
        batch = result["contenders"][contender]["batch"].get(name, "")
        top = peak.get(next((name for name in peak if name in contender), None))
        share = f"{work / middle / top:.0%}" if work and top else ""
        ratios = [f"{of_middle / middle:.2f} / {of_least / least:.2f}" for of_middle, of_least in best.values()]
        lines.append(row([contender, batch, f"{middle * 1e3:,.1f}", f"{least * 1e3:,.1f}",
                          f"{data['tokens'] / middle:,.0f}", share, f"{cpu[contender] * 1e3:,.1f}", *ratios]))
    return lines + [""]


def contenders(result):
    head = ["contender", "version", "peak MiB", "load s", "largest difference"]
    lines = [row(head), row(["---", "---", "---:", "---:", "---:"])]
    for name, facts in result["contenders"].items():
        apart = result["parity"].get(name)
        lines.append(row([name, facts["version"], f"{facts['peak_kib'] / 1024:,.0f}", f"{facts['load_seconds']:.1f}",
                          "" if apart is None else f"{apart:.1e}"]))
    return lines + [""]


def markdown(machine, peak, args, results):
    lines = [
        "# Engine beside peers", "",
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; {machine['flags']}.",
        f"Threads of a contender: {args.threads}. Clock: {args.clock}. Rounds: {args.rounds}. Peak: "
        + ", ".join(f"{name} {value:,.0f} Gop/s" for name, value in peak.items()) + ".",
        "Ratios are of medians / of minima; above 1, the contender of the row is faster.", "",
    ]
    for result in results:
        lines += [f"## {WHAT[result['workload']]}", "", *contenders(result)]
        for name, seconds in result["seconds"].items():
            if seconds:
                lines += table(result, name, seconds, peak, args.clock)
    return "\n".join(lines)
