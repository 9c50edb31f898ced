"""A client that queues requests faster than they are answered.

This side takes 300 ms over every third answer. Run both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/queue/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/queue/client.py tcp://127.0.0.1:5555
    npx tsx examples/queue/server.ts tcp://127.0.0.1:5555
    npx tsx examples/queue/client.ts tcp://127.0.0.1:5555
"""

import signal
import sys
import time
from itertools import count

import zmq

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does

with zmq.Context() as context, context.socket(zmq.REP) as rep:
    rep.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
    print(f"listening on {rep.last_endpoint.decode()}")
    for number in count(1):
        request = rep.recv_string()
        if number % 3 == 0:
            time.sleep(0.3)
        rep.send_string(f"{request} done")
