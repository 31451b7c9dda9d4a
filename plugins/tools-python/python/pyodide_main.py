"""A worker where Python is WebAssembly: what Pyodide adds to Python is put away first."""

import os
import posix
import sys

_closed = ("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core")


class _Closed:
    """Finds none of the modules that lead to JavaScript."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in _closed:
            raise ModuleNotFoundError(f"{name} is closed to tools", name=name)


def _refuse(*_args, **_options):
    raise PermissionError(1, "no process can be started here")


def _put_away():
    import asyncio

    # Its event loop is one of browsers.
    asyncio.events._set_running_loop(None)
    asyncio.events._set_event_loop_policy(None)
    os.system = posix.system = _refuse
    sys.excepthook = sys.__excepthook__
    own = [one for one in sys.meta_path if getattr(one, "__module__", "") != "_pyodide._importhook"]
    sys.meta_path[:] = [_Closed(), *own]
    for name in list(sys.modules):
        if name.partition(".")[0] in _closed:
            del sys.modules[name]


_put_away()
_main = os.path.join(os.path.dirname(os.path.abspath(__file__)), "main.py")
with open(_main, encoding="utf-8") as _file:
    _code = compile(_file.read(), _main, "exec")
exec(_code, {"__name__": "__main__", "__file__": _main})
