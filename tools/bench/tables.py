"""What the comparisons share: running an engine in a process of its own, medians, and the tables of docs/benchmarks.md."""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys


def arguments(description, models, batches):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hornbeam", default="build/release/hornbeam")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default=",".join(models))
    if batches:
        parser.add_argument("--batches", default=batches)
    parser.add_argument("--keep")
    parser.add_argument("--through", default="")
    parser.add_argument("--out", default="docs/benchmarks.md")
    return parser


def run(args, command, env=None):
    """The object that the command's last line is, or None when it failed."""
    done = subprocess.run(args.through.split() + command, env=env, capture_output=True, text=True)
    if done.returncode:
        print(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def hornbeam(args, *verb):
    env = dict(os.environ)
    if args.threads:
        env["HORNBEAM_NUM_THREADS"] = str(args.threads)
    result = run(args, [args.hornbeam, *verb, "--json"], env)
    return result or sys.exit(1)


def kept(args):
    if args.keep and os.path.exists(args.keep):
        with open(args.keep) as f:
            return json.load(f)
    return {}


def keep(args, figures):
    if args.keep:
        with open(args.keep, "w") as f:
            json.dump(figures, f)


def median(results, key):
    return statistics.median(r[key] for r in results) if results else None


def show(value):
    return "-" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def machine(args):
    return f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, {args.threads or os.cpu_count()} threads for everyone, float32."


def replace_table(path, heading, lines):
    """In the section of that heading, the table (and the line of the machine above it) become `lines`; what is said around it
    stays. A section that is not there is added."""
    with open(path) as f:
        text = f.read().splitlines()
    if heading not in text:
        text += ["", heading, ""] + lines
    else:
        start = text.index(heading) + 1
        end = next((i for i in range(start, len(text)) if text[i].startswith("## ")), len(text))
        table = [i for i in range(start, end) if text[i].startswith("| ") or text[i].startswith("|--") or "threads for everyone" in text[i]]
        first, last = (table[0], table[-1] + 1) if table else (end, end)
        text[first:last] = lines
    with open(path, "w") as f:
        f.write("\n".join(text) + "\n")
