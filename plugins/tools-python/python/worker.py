"""Runs tools for the platform: one request at a time, answers as JSON. Knows nothing of how they travel."""

import ast
import base64
import inspect
import io
import json
import math
import os
import re
import sys
import traceback

# Whatever a tool does to these modules later, the worker goes on with what it has now.
_dumps, _encode = json.dumps, base64.b64encode
_largest_safe = 2**53 - 1


class Refused(Exception):
    """What the platform is told in words of its own."""


# --- What functions there are: read, never run ---


def describe(source):
    """The public functions of a source text, each with its schema and description."""
    tree = ast.parse(source)
    return [
        _function(node, tree)
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
    ]


def _function(node, tree):
    doc = inspect.cleandoc(ast.get_docstring(node) or "")
    told = _parameter_docs(doc)
    plain = node.args.posonlyargs + node.args.args
    defaults = [None] * (len(plain) - len(node.args.defaults)) + list(node.args.defaults)
    pairs = list(zip(plain, defaults)) + list(zip(node.args.kwonlyargs, node.args.kw_defaults))
    properties, required = {}, []
    for argument, default in pairs:
        schema = _schema(argument.annotation, tree, 0)
        literal = _literal(default)
        if default is None:
            required.append(argument.arg)
        elif literal is not _none_found:
            schema = schema or _schema_of_value(literal)
            if literal is None and isinstance(schema.get("type"), str) and schema["type"] != "null":
                schema["type"] = [schema["type"], "null"]
            schema["default"] = literal
        schema["description"] = schema.get("description") or told.get(argument.arg) or _words(argument.arg)
        properties[argument.arg] = schema
    return {
        "name": node.name,
        "description": re.split(r"\n\s*(?:Args|Arguments|Parameters|Returns|Raises|Yields)\s*:?\s*\n", doc)[0].strip(),
        "input": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": node.args.kwarg is not None,
        },
        "positional": node.args.vararg is not None,
    }


_none_found = object()


def _literal(node):
    try:
        value = ast.literal_eval(node)
        return json.loads(_dumps(value, allow_nan=False))
    except Exception:
        return _none_found


def _words(name):
    return name.replace("_", " ").strip().capitalize() + "."


def _parameter_docs(doc):
    """What a docstring says of parameters, as Google and Sphinx write it."""
    told = dict(re.findall(r"^:param (?:\w+ )?(\w+): *(.+)$", doc, re.M))
    section = re.search(r"(?:Args|Arguments|Parameters)\s*:\s*\n((?:[ \t]+.*\n?|\n)*)", doc)
    for name, text in re.findall(r"^[ \t]+(\w+)(?: *\([^)\n]*\))?: *(.+)$", section.group(1) if section else "", re.M):
        told.setdefault(name, text.strip())
    return told


_simple = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "Sequence": {"type": "array"},
    "Iterable": {"type": "array"},
    "tuple": {"type": "array"},
    "Tuple": {"type": "array"},
    "set": {"type": "array"},
}


def _schema(node, tree, depth):
    """The JSON Schema of an annotation; empty where nothing certain can be said."""
    if node is None or depth > 20:
        return {}
    if isinstance(node, ast.Constant):
        if node.value is None:
            return {"type": "null"}
        try:
            return _schema(ast.parse(node.value, mode="eval").body, tree, depth + 1)
        except (SyntaxError, TypeError, ValueError):
            return {}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any_of([node.left, node.right], tree, depth)
    name = _name(node)
    if name is not None:
        return dict(_simple[name]) if name in _simple else _class_schema(name, tree, depth)
    if not isinstance(node, ast.Subscript):
        return {}
    kind, inner = _name(node.value), node.slice
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if kind == "Optional":
        return _any_of([inner, ast.Constant(value=None)], tree, depth)
    if kind == "Union":
        return _any_of(parts, tree, depth)
    if kind == "Literal":
        values = [_literal(part) for part in parts]
        return {} if _none_found in values else {"enum": values}
    if kind == "Annotated":
        texts = [part.value for part in parts[1:] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return {**_schema(parts[0], tree, depth + 1), **({"description": texts[0]} if texts else {})}
    base = dict(_simple.get(kind, {}))
    if base.get("type") == "array" and kind not in ("tuple", "Tuple"):
        items = _schema(parts[0], tree, depth + 1)
        return {**base, "items": items} if items else base
    if base.get("type") == "object" and len(parts) == 2:
        values = _schema(parts[1], tree, depth + 1)
        return {**base, "additionalProperties": values} if values else base
    return base


def _name(node):
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _any_of(nodes, tree, depth):
    schemas = [_schema(node, tree, depth + 1) for node in nodes]
    if not all(schemas):
        return {}
    flat = [each for schema in schemas for each in (schema["anyOf"] if list(schema) == ["anyOf"] else [schema])]
    if all(list(each) == ["type"] for each in flat):
        types = [each["type"] for each in flat]
        return {"type": types if all(isinstance(one, str) for one in types) else sum(types, [])}
    return {"anyOf": flat}


def _class_schema(name, tree, depth):
    """A TypedDict of the same file."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name != name:
            continue
        bases = [_name(base) for base in node.bases]
        if "TypedDict" in bases:
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign) and _name(each.target)]
            total = not any(word.arg == "total" and _literal(word.value) is False for word in node.keywords)
            return {
                "type": "object",
                "properties": {_name(each.target): _schema(each.annotation, tree, depth + 1) for each in fields},
                "required": [_name(each.target) for each in fields] if total else [],
            }
    return {}


def _schema_of_value(value):
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}


# --- Packages ---


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


# --- Values ---


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


# --- Calls ---


class Output(io.TextIOBase):
    """What a tool prints, told line by line as far as it goes."""

    def __init__(self, stream, emit, limits):
        super().__init__()
        self.stream, self.emit, self.limits, self.line = stream, emit, limits, ""

    def writable(self):
        return True

    def write(self, text):
        self.line += text[: self.limits["left"] + 1]
        if "\n" in text or len(self.line) > 4096:
            self.flush()
        return len(text)

    def flush(self):
        text, self.line = self.line[: self.limits["left"]], ""
        if text:
            self.limits["left"] -= len(text)
            text = text.encode("utf-8", "replace").decode("utf-8")
            self.emit({"output": text, "stream": self.stream})


_modules = {}


def _load(file):
    if file not in _modules:
        import importlib.util

        folder = os.path.dirname(file)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = re.sub(r"\W", "_", os.path.basename(file)[:-3])
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        # Annotations and pickles look for a module by its name.
        sys.modules.setdefault(name, module)
        spec.loader.exec_module(module)
        _modules[file] = module
    return _modules[file]


def call(request, emit, run_async):
    """Calls one function; what it yields and prints is told as it comes."""
    folder, limits = request["folder"], request["limits"]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    left = {"left": limits["outputChars"]}
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Output("stdout", emit, left), Output("stderr", emit, left)
    try:
        module = _load(request["file"])
        result = getattr(module, request["function"])(**request["input"])
        result = _settle(result, emit, run_async, limits)
        _keep_figures()
        sys.stdout.flush(), sys.stderr.flush()
        _tell_files(folder, emit, limits)
        return {"done": result}
    finally:
        sys.stdout, sys.stderr = kept
        os.chdir(os.path.dirname(folder))
        _clear(os.path.dirname(folder))


def _settle(result, emit, run_async, limits):
    if inspect.isawaitable(result):
        result = run_async(result)
    if inspect.isasyncgen(result):
        return _items(_drain(result, run_async), emit, limits)
    if inspect.isgenerator(result) or (hasattr(result, "__next__") and hasattr(result, "__iter__")):
        return _items(result, emit, limits)
    return plain(result)


def _drain(generator, run_async):
    while True:
        try:
            yield run_async(generator.__anext__())
        except StopAsyncIteration:
            return


def _items(values, emit, limits):
    items = []
    for value in values:
        if len(items) >= limits["items"]:
            raise Refused(f"It yields more than {limits['items']} values.")
        items.append(plain(value))
        emit({"item": items[-1]})
    return items


def _keep_figures():
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        pyplot.figure(number).savefig(f"figure-{number}.png")
    pyplot.close("all")


def _tell_files(folder, emit, limits):
    """Every plain file below the folder of the call; links lead elsewhere and are left alone."""
    told = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not os.path.islink(os.path.join(parent, one)))
        told += [os.path.join(parent, name) for name in sorted(names)]
    told = [path for path in told if os.path.isfile(path) and not os.path.islink(path)]
    for index, path in enumerate(told):
        name = os.path.relpath(path, folder).encode("utf-8", "replace").decode("utf-8")
        size = os.path.getsize(path)
        if index >= limits["files"]:
            emit({"file": name, "bytes": size, "left": f"there are more than {limits['files']} files"})
            if index >= limits["files"] + 20:
                return
            continue
        if size > limits["fileBytes"]:
            emit({"file": name, "bytes": size, "left": f"it has more than {limits['fileBytes']} bytes"})
            continue
        with open(path, "rb") as file:
            while True:
                piece = file.read(196_608)
                if not piece:
                    break
                emit({"piece": name, "base64": _encode(piece).decode("ascii")})
        emit({"file": name, "bytes": size})


def _clear(scratch):
    """Removes what calls leave, other than caches of libraries."""
    import shutil

    for name in os.listdir(scratch):
        path = os.path.join(scratch, name)
        if name == ".home":
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)


def _told(error, file):
    """An error as the author of the tool needs it: what, and where in their file."""
    if isinstance(error, Refused):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f"line {frame.lineno}" for frame in frames if frame.filename == file]
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return f"{text}{' (' + own[-1] + ')' if own else ''}"[:2000]


def answer(request, emit, run_async):
    """Answers one request with messages of which the last has `done` or `failed`; each has the id of the request."""
    file, number, tell = request.get("file"), request["id"], emit

    def emit(message):
        tell({**message, "id": number})

    try:
        if request["op"] == "describe":
            last = {"done": describe(request["source"])}
        elif request["op"] == "packages":
            last = {"done": check_packages(request["packages"])}
        else:
            last = call(request, emit, run_async)
        text = to_text(last)
        if len(text.encode("utf-8")) > request["limits"]["resultBytes"]:
            raise Refused(f"The result has more than {request['limits']['resultBytes']} bytes of JSON.")
        emit(last)
    except MemoryError:
        emit({"failed": "MemoryError: it used more memory than it may."})
    except UnicodeEncodeError as error:
        emit({"failed": _told(error, file).encode("utf-8", "replace").decode("utf-8")})
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: the worker outlives its tools
        emit({"failed": _told(error, file).encode("utf-8", "replace").decode("utf-8")})
