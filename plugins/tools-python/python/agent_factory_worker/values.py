"""Values of Python as JSON."""

import json
import math
import sys

# Whatever a tool does to this module later, the worker goes on with what it has now.
_dumps = json.dumps
_largest_safe = 2**53 - 1


class Refused(Exception):
    """What the platform is told in words of its own."""


def plain(value, depth=0):
    """A value as JSON has it. Refuses what would come out as something else."""
    if depth > 100:
        raise Refused("The result is more than 100 levels deep, or holds itself.")
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, int):
        # A reader of JSON would make another number of it.
        return int(value) if abs(value) <= _largest_safe else str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refused(f"The result holds {value}, which JSON has not. Give None or a text in its place.")
        return float(value)
    if isinstance(value, dict):
        return {_key(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        ordered = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [plain(one, depth + 1) for one in ordered]
    return plain(_converted(value), depth + 1)


def _key(key):
    if isinstance(key, str):
        return str(key)
    if isinstance(key, (bool, int, float)) or key is None:
        return _dumps(plain(key))
    raise Refused(f"The result has a key of type {type(key).__name__}; keys are texts.")


def _converted(value):
    """What libraries make of their own values: tables, arrays, numbers, dates, records."""
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    kind = type(value).__name__
    if kind == "DataFrame" and hasattr(value, "to_dict"):
        return value.to_dict("records")
    for name in ("tolist", "model_dump", "isoformat"):
        convert = getattr(value, name, None)
        if callable(convert) and not isinstance(value, type):
            return convert()
    if kind in ("Decimal", "Fraction", "UUID", "PosixPath", "PurePosixPath"):
        return str(value)
    enum = sys.modules.get("enum")
    if enum and isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise Refused("The result holds bytes. Write them into a file in the working directory: it is kept.")
    raise Refused(f"The result holds a value of type {kind}, which has no form in JSON.")


def to_text(message):
    """JSON of a message. A text with half of a character in it is no text."""
    text = _dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode("utf-8")
    return text
