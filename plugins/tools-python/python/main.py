"""A worker as a process: frames of a length and JSON on file descriptor 3, one request at a time."""

import _thread
import json
import os
import sys

os.environ.update(
    # Caches of libraries are kept from call to call, all else goes.
    HOME=os.path.join(os.getcwd(), ".home"),
    MPLCONFIGDIR=os.path.join(os.getcwd(), ".home"),
    TMPDIR=os.getcwd(),
    MPLBACKEND="Agg",
    # Threads of libraries cost memory, and may not be had.
    OPENBLAS_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    NUMEXPR_NUM_THREADS="1",
    LC_ALL="C.UTF-8",
)
os.makedirs(os.environ["HOME"], exist_ok=True)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import agent_factory_worker as worker  # noqa: E402

sys.path.pop(0)
_read, _write, _json = os.read, os.write, json.loads
_channel = 3
_largest = int(sys.argv[1])
os.set_inheritable(_channel, False)
_lock = _thread.allocate_lock()  # a tool may print from many threads


def _take(count):
    data = b""
    while len(data) < count:
        piece = _read(_channel, count - len(data))
        if not piece:
            os._exit(0)
        data += piece
    return data


def emit(message):
    text = worker.to_text(message).encode("utf-8")
    if len(text) > _largest:
        if "done" not in message and "failed" not in message:
            raise worker.Refused(f"One message has more than {_largest} bytes of JSON.")
        text = worker.to_text({"failed": "The answer is too long.", "id": message["id"]}).encode("utf-8")
    data = len(text).to_bytes(4, "little") + text
    with _lock:
        while data:
            data = data[_write(_channel, data) :]


class _End:
    """An end of a pipe, where event loops look for a socket: there are none here."""

    def __init__(self, number):
        self.number = number

    def fileno(self):
        return self.number

    def recv(self, count):
        return os.read(self.number, count)

    def send(self, data):
        return os.write(self.number, data)

    def close(self):
        os.close(self.number)


def _patch(module):
    def make_self_pipe(loop):
        ends = os.pipe()
        for end in ends:
            os.set_blocking(end, False)
        loop._ssock, loop._csock = _End(ends[0]), _End(ends[1])
        loop._internal_fds += 1
        loop._add_reader(loop._ssock.fileno(), loop._read_from_self)

    module.BaseSelectorEventLoop._make_self_pipe = make_self_pipe


class _Mend:
    """Mends event loops once a tool asks for them; importing them costs more than starting a worker."""

    def find_spec(self, name, path=None, target=None):
        if name != "asyncio.selector_events":
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def load_and_patch(module):
            load(module)
            if module.__name__ == name:  # a loader may be that of a whole archive
                _patch(module)

        spec.loader.exec_module = load_and_patch
        return spec


if "asyncio.selector_events" in sys.modules:
    _patch(sys.modules["asyncio.selector_events"])
else:
    sys.meta_path.insert(0, _Mend())
_loop = None


def run_async(awaitable):
    global _loop
    import asyncio

    if _loop is None:
        _loop = asyncio.new_event_loop()

    async def wait():
        return await awaitable

    return _loop.run_until_complete(wait())


if __name__ == "__main__":
    emit({"done": sys.version.split()[0], "id": 0})
    while True:
        request = _json(_take(int.from_bytes(_take(4), "little")))
        worker.answer(request, emit, run_async)
