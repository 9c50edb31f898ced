"""Typed objects as msgpack: a request is two parts, [topic, data], and its answer is one part.

This side adds up orders. Run both sides, each in TypeScript or in Python:

    /usr/bin/python3 examples/msgpack/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/msgpack/client.py tcp://127.0.0.1:5555
    npx tsx examples/msgpack/server.ts tcp://127.0.0.1:5555
    npx tsx examples/msgpack/client.ts tcp://127.0.0.1:5555
"""

import signal
import sys
from dataclasses import dataclass

import msgpack
import zmq


@dataclass
class Order:
    id: int
    item: str
    quantity: int
    price: float


# Whatever a client sends gets an answer: a REP socket that does not answer is stuck.
def answer(topic=b"", data=b"", *_):
    if topic != b"order":
        return {"error": f'unknown topic "{topic.decode()}"'}
    try:
        order = Order(**msgpack.unpackb(data))
    except (ValueError, TypeError) as error:
        return {"error": f"not an order: {error}"}
    print(f"order {order.id}: {order.quantity} x {order.item}")
    return {"id": order.id, "total": order.quantity * order.price}


signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, as SIGTERM does

with zmq.Context() as context, context.socket(zmq.REP) as rep:
    rep.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
    print(f"listening on {rep.last_endpoint.decode()}")
    while True:
        frames = rep.recv_multipart()
        rep.send(msgpack.packb(answer(*frames)))
