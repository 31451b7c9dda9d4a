"""Which packages are there, as requirements name them."""

import re


def check_packages(wanted):
    """What of these requirements is not there, each as a clause."""
    from importlib import metadata

    missing = []
    for text in wanted:
        name, rules = re.match(r"\s*([A-Za-z0-9._-]+)\s*(.*)$", text).groups()
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append({"wanted": text, "why": f"{name} is not installed"})
            continue
        if not all(_fits(found, rule.strip()) for rule in rules.split(",") if rule.strip()):
            missing.append({"wanted": text, "why": f"{name} is {found}"})
    return missing


def _release(version):
    numbers = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)(.*)", version)
    parts = [int(one) for one in numbers.group(1).split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    early = re.match(r"[._-]?(a|b|c|rc|alpha|beta|pre|preview|dev|\.dev)", numbers.group(2))
    return parts, 0 if early else 1


def _fits(found, rule):
    operator, text = re.match(r"(===|==|!=|~=|<=|>=|<|>)\s*(.+)$", rule).groups()
    if text.endswith(".*"):
        start = [int(one) for one in text[:-2].split(".")]
        here = (_release(found)[0] + [0] * len(start))[: len(start)]
        return (here == start) == (operator != "!=")
    have, want = _release(found), _release(text)
    if operator == "~=":
        start = [int(one) for one in re.match(r"\d+(?:\.\d+)*", text).group(0).split(".")[:-1]]
        return have >= want and (have[0] + [0] * len(start))[: len(start)] == start
    return {
        "===": have == want,
        "==": have == want,
        "!=": have != want,
        "<=": have <= want,
        ">=": have >= want,
        "<": have < want,
        ">": have > want,
    }[operator]
