"""Receives that time out, on both sides, and then succeed.

This side waits 300 ms at a time for a request and takes 500 ms over each answer. Run both sides,
each in TypeScript or in Python:

    /usr/bin/python3 examples/timeout/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/timeout/client.py tcp://127.0.0.1:5555
    npx tsx examples/timeout/server.ts tcp://127.0.0.1:5555
    npx tsx examples/timeout/client.ts tcp://127.0.0.1:5555
"""

import signal
import sys
import time

import zmq

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does

with zmq.Context() as context, context.socket(zmq.REP) as rep:
    rep.rcvtimeo = 300
    rep.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
    print(f"listening on {rep.last_endpoint.decode()}")
    while True:
        try:
            request = rep.recv_string()
        except zmq.Again:
            print("no request within 300 ms")
            continue
        print(f'received "{request}", answering in 500 ms')
        time.sleep(0.5)
        rep.send_string(f"answer to {request}")
