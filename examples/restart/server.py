"""A server that dies in the middle of a request and comes back.

This side takes 300 ms over each job: kill it (`kill -9`) while the client runs, start it again,
and watch the client carry on. Run both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/restart/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/restart/client.py tcp://127.0.0.1:5555
    npx tsx examples/restart/server.ts tcp://127.0.0.1:5555
    npx tsx examples/restart/client.ts tcp://127.0.0.1:5555
"""

import os
import signal
import sys
import time

import zmq

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does

with zmq.Context() as context, context.socket(zmq.REP) as rep:
    rep.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
    print(f"listening on {rep.last_endpoint.decode()}")
    while True:
        request = rep.recv_string()
        print(f"working on {request}")
        time.sleep(0.3)
        rep.send_string(f"{request} done by process {os.getpid()}")
