"""A client that queues requests faster than they are answered.

This side adds a job every 50 ms. A REQ socket of libzmq refuses a second request before the first
is answered, so the queue is the program's own. Run both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/queue/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/queue/client.py tcp://127.0.0.1:5555
    npx tsx examples/queue/server.ts tcp://127.0.0.1:5555
    npx tsx examples/queue/client.ts tcp://127.0.0.1:5555
"""

import sys
import time
from collections import deque

import zmq

JOBS = 12

with zmq.Context() as context, context.socket(zmq.REQ) as req:
    req.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")

    waiting = deque()
    is_busy = False
    queued = done = 0
    next_job = time.monotonic()
    while done < JOBS:
        pause = max(0, next_job - time.monotonic()) * 1000 if queued < JOBS else None
        if req.poll(pause):
            reply = req.recv_string()
            is_busy = False
            done += 1
            print(f"{reply}, {len(waiting)} waiting")
        if queued < JOBS and time.monotonic() >= next_job:
            queued += 1
            waiting.append(f"job {queued}")
            next_job += 0.05
            print(f"queued job {queued}, {len(waiting)} waiting")
        if waiting and not is_busy:
            req.send_string(waiting.popleft())
            is_busy = True
    print("all done")
