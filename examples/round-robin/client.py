"""One client over several servers, asked in turn.

This side connects one socket to all of them and sends six requests. Run two or more servers and
one client, each in TypeScript or in Python:

    /usr/bin/python3 examples/round-robin/server.py tcp://127.0.0.1:5555
    npx tsx examples/round-robin/server.ts tcp://127.0.0.1:5556
    /usr/bin/python3 examples/round-robin/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/round-robin/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
"""

import sys

import zmq

endpoints = sys.argv[1:] or ["tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"]

with zmq.Context() as context, context.socket(zmq.REQ) as req:
    for endpoint in endpoints:
        req.connect(endpoint)

    for i in range(1, 7):
        req.send_string(f"request {i}")
        print(req.recv_string())
