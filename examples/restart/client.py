"""A server that dies in the middle of a request and comes back.

This side sends five jobs the Lazy Pirate way: when the server is silent for a second it throws the
socket away, opens a new one and asks again, so a job may run twice: make yours safe to repeat. Run
both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/restart/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/restart/client.py tcp://127.0.0.1:5555
    npx tsx examples/restart/server.ts tcp://127.0.0.1:5555
    npx tsx examples/restart/client.ts tcp://127.0.0.1:5555
"""

import sys

import zmq

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
TIMEOUT = 1000  # milliseconds
RETRIES = 20


def request(context, job):
    for _ in range(1 + RETRIES):
        with context.socket(zmq.REQ) as req:
            req.linger = 0  # close() drops the unanswered request
            req.connect(ENDPOINT)
            req.send_string(job)
            if req.poll(TIMEOUT):
                return req.recv_string()
        print(f"no reply within {TIMEOUT} ms, trying again")
    sys.exit("the server seems to be gone")


with zmq.Context() as context:
    for i in range(1, 6):
        print(request(context, f"job {i}"))
    print("all done")
