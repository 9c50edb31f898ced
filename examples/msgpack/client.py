"""Typed objects as msgpack: a request is two parts, [topic, data], and its answer is one part.

This side sends three orders and one message on an unknown topic. Run both sides, each in
TypeScript or in Python:

    /usr/bin/python3 examples/msgpack/server.py tcp://127.0.0.1:5555
    /usr/bin/python3 examples/msgpack/client.py tcp://127.0.0.1:5555
    npx tsx examples/msgpack/server.ts tcp://127.0.0.1:5555
    npx tsx examples/msgpack/client.ts tcp://127.0.0.1:5555
"""

import sys
from dataclasses import asdict, dataclass

import msgpack
import zmq


@dataclass
class Order:
    id: int
    item: str
    quantity: int
    price: float


orders = [
    Order(1, "tea", 3, 4.5),
    Order(2, "café au lait", 1, 3.25),
    Order(3, "biscuit", 24, 0.5),
]

with zmq.Context() as context, context.socket(zmq.REQ) as req:
    req.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")

    def ask(topic, order):
        req.send_multipart([topic, msgpack.packb(asdict(order))])
        return msgpack.unpackb(req.recv())

    for order in orders:
        reply = ask(b"order", order)
        if "total" in reply:
            print(f"order {reply['id']} costs {reply['total']:g}")
        else:
            print(reply["error"])
    refused = ask(b"weather", Order(4, "rain", 1, 0))
    print(f"refused: {refused['error']}" if "error" in refused else refused)
