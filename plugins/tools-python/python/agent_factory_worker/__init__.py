"""Runs tools for the platform: one request at a time, answers as JSON. Knows nothing of how they travel."""

import base64
import inspect
import io
import os
import re
import sys
import traceback

from .packages import check_packages
from .signatures import describe
from .values import Refused, plain, to_text

# Whatever a tool does to this module later, the worker goes on with what it has now.
_encode = base64.b64encode


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
