"""The other side of the conversation: libzmq, the original in C++, through pyzmq.

`main.ts` starts it twice, once for each role; `peer.ts` is the same with the npm package zeromq.

    /usr/bin/python3 examples/conversation/peer.py reply tcp://127.0.0.1:5555
    /usr/bin/python3 examples/conversation/peer.py request tcp://127.0.0.1:5555
"""

import os
import sys

import zmq

role = sys.argv[1] if len(sys.argv) > 1 else "request"
endpoint = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5555"


def text(frames):
    return " + ".join(f'"{frame.decode()}"' for frame in frames)


print(f"libzmq {zmq.zmq_version()} in pyzmq {zmq.__version__}, process {os.getpid()}")

with zmq.Context() as context:
    if role == "reply":
        with context.socket(zmq.REP) as rep:
            rep.bind(endpoint)
            print(f"listening on {rep.last_endpoint.decode()}")
            for _ in range(3):
                frames = rep.recv_multipart()
                print(f"received {text(frames)}")
                rep.send_multipart([b"You said", *frames])
    else:
        with context.socket(zmq.REQ) as req:
            req.connect(endpoint)
            for frames in [b"Hello"], [b"two parts", b"one message"], ["Grüße".encode(), b""]:
                req.send_multipart(frames)
                print(f"received {text(req.recv_multipart())}")
