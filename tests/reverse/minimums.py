"""How many checks must pass at least: lines "WHOSE WHAT TENTH ALL" of minimums.txt, '-' where a minimum is not known yet."""
import pathlib


def below(whose, passed, share):
    """What falls below, a line for each: `passed` says how many of each WHAT did, of the share "tenth" or "all" of the
    cases. What passed needs a line."""
    wanted = {}
    for line in pathlib.Path(__file__).with_name("minimums.txt").read_text().splitlines():
        words = line.split()
        if words and words[0] == whose:
            wanted[words[1]] = words[2 if share == "tenth" else 3]
    lines = []
    for what, count in passed.items():
        least = wanted.get(what, "no line for it" if count else "-")
        if least != "-" and (not least.isdigit() or count < int(least)):
            lines.append("below the minimum: %s %s: %s passed of at least %s" % (whose, what, count, least))
    return lines
