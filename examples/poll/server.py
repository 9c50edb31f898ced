"""Waiting on several sockets at once, with a time limit.

This side answers on two endpoints and says so when nothing came for 300 ms. Run both sides, each
in TypeScript or in Python:

    /usr/bin/python3 examples/poll/server.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    /usr/bin/python3 examples/poll/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/poll/server.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/poll/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
"""

import signal
import sys

import zmq

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does
endpoints = sys.argv[1:3] or ["tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"]

with zmq.Context() as context:
    poller = zmq.Poller()
    for endpoint in endpoints:
        rep = context.socket(zmq.REP)
        rep.bind(endpoint)
        print(f"listening on {rep.last_endpoint.decode()}")
        poller.register(rep, zmq.POLLIN)
    while True:
        readable = poller.poll(300)
        if not readable:
            print("nothing within 300 ms")
        for rep, _ in readable:
            request = rep.recv_string()
            print(f'received "{request}" on {rep.last_endpoint.decode()}')
            rep.send_string(f"{request}, yes")
