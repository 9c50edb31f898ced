"""REQ/REP round trips with pyzmq."""
import time

import zmq

context = zmq.Context()
req = context.socket(zmq.REQ)


def serve(address):
    rep = context.socket(zmq.REP)
    rep.bind(address)
    yield rep.getsockopt_string(zmq.LAST_ENDPOINT)
    while True:
        rep.send(rep.recv())


def connect(endpoint):
    req.connect(endpoint)


def measure(size, count):
    """Milliseconds of each round trip."""
    body = b"x" * size
    times = []
    for _ in range(count):
        start = time.perf_counter()
        req.send(body)
        req.recv()
        times.append((time.perf_counter() - start) * 1000)
    return times
