"""Receives that time out, on both sides, and then succeed.

This side asks once and waits 200 ms at a time for the answer. Run both sides, each in TypeScript
or in Python:

    /usr/bin/python3 examples/timeout/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/timeout/client.py tcp://127.0.0.1:5555
    npx tsx examples/timeout/server.ts tcp://127.0.0.1:5555
    npx tsx examples/timeout/client.ts tcp://127.0.0.1:5555
"""

import sys

import zmq

with zmq.Context() as context, context.socket(zmq.REQ) as req:
    req.rcvtimeo = 200
    req.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")

    req.send_string("question")
    while True:
        try:
            print(f'received "{req.recv_string()}"')
            break
        except zmq.Again:
            # The request is still out: receive again, do not send again.
            print("no reply within 200 ms")
