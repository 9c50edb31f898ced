"""The child process of a bench that runs Python: what main.js is for JavaScript.

    python3 bench/peers/main.py push-pull/pyzmq.py     (started by contenders.ts)
"""
import ctypes
import importlib.util
import json
import pathlib
import sys

PR_SET_PDEATHSIG, SIGKILL = 1, 9


def say(word, value):
    sys.stdout.write(word + " " + value.replace("\n", " ") + "\n")
    sys.stdout.flush()


if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)  # also while it waits inside libzmq
spec = importlib.util.spec_from_file_location("peer", pathlib.Path(__file__).parent / sys.argv[1])
peer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peer)
say("ok", '"ready"')
for line in sys.stdin:
    name, *args = line.split()
    try:
        value = getattr(peer, name)(*(int(arg) if arg.isdigit() else arg for arg in args))
        # A generator answers with what it yields first, and then goes on to the end of the process.
        if hasattr(value, "send"):
            say("ok", json.dumps(next(value)))
            next(value)
        else:
            say("ok", json.dumps(value))
    except Exception as error:
        say("error", repr(error))
