"""Command line: `python -m griot_recipe STEP --help`."""

import argparse
import importlib

from . import loop


def main():
    parser = argparse.ArgumentParser(prog="griot_recipe")
    parser.add_argument("--work", default="work", help="folder of prepared data, checkpoints and logs")
    parser.add_argument("--seed", type=int, default=17)
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("prepare", help="corpora to arrays")
    step.add_argument("--shared", required=True, help="folder that holds data/ and seeds/")
    step.add_argument("--data", required=True, help="folder the data/*.tar.xz files were unpacked in")
    step.add_argument("--epochs", type=int, default=6, help="differently augmented passes to write")
    step.add_argument("--replay", type=float, default=1.0,
                      help="share of the repetitions of all but `prose`: to go on from a model that has read the rest")
    step = steps.add_parser("pretrain", help="masked words from context on raw text")
    step.add_argument("--shared", required=True)
    step.add_argument("--data", required=True)
    step.add_argument("--megabytes", type=int, default=90, help="raw text read, over all languages")
    loop.add_arguments(step, steps=4000, rate=2e-3)
    step = steps.add_parser("finetune", help="train the tagger; resumes from its checkpoint")
    step.add_argument("--name", default="mini", help="name of the run: checkpoint and log file")
    step.add_argument("--size", choices=["mini", "base"], default="mini")
    step.add_argument("--init", help="checkpoint or model folder to start from; one of a smaller size is grown")
    step.add_argument("--dropout", type=float, default=0.15)
    step.add_argument("--drop-norm", type=float, default=0.15, help="share of words that lose their normalised form")
    step.add_argument("--drop-table", type=float, default=0.05, help="the same for each other feature table")
    step.add_argument("--hide", type=float, default=0.06, help="share of positions whose word is hidden altogether")
    step.add_argument("--drop-style", type=float, default=0.3, help="share of sentences that lose their corpus' style")
    loop.add_arguments(step, steps=8500, rate=1.5e-3)
    step = steps.add_parser("blend", help="weighted mean of two models of one start, and a shift of label priors")
    step.add_argument("--names", nargs=2, required=True, help="runs or exported model folders")
    step.add_argument("--share", type=float, required=True, help="weight of the second")
    step.add_argument("--style", nargs="*", default=["any"], help="as for evaluate; of the runs that have styles")
    step.add_argument("--prior", nargs="*", default=[], metavar="LABEL=NATS", help="added to the scores of a label")
    step.add_argument("--out", required=True, help="name of the result, a run that evaluate and export take")
    step = steps.add_parser("evaluate", help="strict span F1 per label on every dev set")
    step.add_argument("--name", default="mini", help="a run, or an exported model folder")
    step.add_argument("--style", nargs="*", default=["any"], help="corpora whose conventions the tagger follows (mean); any: the common one, all: their mean")
    step.add_argument("--out", help="also write the table as TSV")
    step.add_argument("--threads", type=int, default=0)
    step = steps.add_parser("errors", help="confusions a language on the dev sets that may be tuned on, with examples")
    step.add_argument("--name", default="mini", help="a run, or an exported model folder")
    step.add_argument("--style", nargs="*", default=["any"], help="as for evaluate")
    step.add_argument("--sentences", type=int, default=2000, help="sentences read of each set")
    step.add_argument("--confusions", type=int, default=8, help="shown a language")
    step.add_argument("--examples", type=int, default=3, help="shown a confusion")
    step.add_argument("--threads", type=int, default=0)
    step = steps.add_parser("export", help="model folder for griot: config.json, model.safetensors (8 bits a weight)")
    step.add_argument("--name", default="mini")
    step.add_argument("--style", nargs="*", default=["any"], help="as for evaluate")
    step.add_argument("--out", required=True)
    step = steps.add_parser("calibrate", help="fit the curves that make a score a probability; adds them to config.json")
    step.add_argument("--model", required=True, help="exported model folder")
    step.add_argument("--sentences", type=int, default=600, help="sentences read of each dev set")
    step.add_argument("--threads", type=int, default=0)
    step = steps.add_parser("golden", help="reference values for the tests of the Rust side")
    step.add_argument("--model", help="exported model folder; without it only the word features")
    step.add_argument("--out", required=True)
    args = parser.parse_args()
    importlib.import_module(f"griot_recipe.{args.step}").main(args)


if __name__ == "__main__":
    main()
