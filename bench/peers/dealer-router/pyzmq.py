"""A DEALER with many requests under way, and a ROUTER that answers, with pyzmq."""
import time

import zmq

context = zmq.Context()
dealer = context.socket(zmq.DEALER)


def serve(address):
    router = context.socket(zmq.ROUTER)
    router.bind(address)
    yield router.getsockopt_string(zmq.LAST_ENDPOINT)
    while True:
        router.send_multipart(router.recv_multipart())


def connect(endpoint):
    dealer.connect(endpoint)


def measure(size, outstanding, count):
    """Round trips per second."""
    body = b"x" * size
    start = time.perf_counter()
    for _ in range(min(outstanding, count)):
        dealer.send(body)
    for i in range(count):
        dealer.recv()
        if i + outstanding < count:
            dealer.send(body)
    return count / (time.perf_counter() - start)
