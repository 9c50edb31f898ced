"""Waiting on several sockets at once, with a time limit.

This side asks on two endpoints, takes the answers in the order they come, and then waits in vain.
Run both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/poll/server.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    /usr/bin/python3 examples/poll/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/poll/server.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/poll/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
"""

import sys

import zmq

first, second = sys.argv[1:3] or ["tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"]

with zmq.Context() as context, context.socket(zmq.REQ) as a, context.socket(zmq.REQ) as b:
    poller = zmq.Poller()
    for req, endpoint, word in (a, first, "first"), (b, second, "second"):
        poller.register(req, zmq.POLLIN)
        req.connect(endpoint)
        req.send_string(word)

    while readable := poller.poll(1000):
        for req, _ in readable:
            print(f'received "{req.recv_string()}"')
    print("nothing within 1000 ms")
