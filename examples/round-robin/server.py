"""One client over several servers, asked in turn. This side answers with its own endpoint.

Run two or more servers and one client, each in TypeScript or in Python:

    /usr/bin/python3 examples/round-robin/server.py tcp://127.0.0.1:5555
    npx tsx examples/round-robin/server.ts tcp://127.0.0.1:5556
    /usr/bin/python3 examples/round-robin/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
    npx tsx examples/round-robin/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
"""

import signal
import sys

import zmq

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does

with zmq.Context() as context, context.socket(zmq.REP) as rep:
    rep.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
    endpoint = rep.last_endpoint.decode()
    print(f"listening on {endpoint}")
    while True:
        request = rep.recv_string()
        print(f'received "{request}"')
        rep.send_string(f"{request} answered by {endpoint}")
