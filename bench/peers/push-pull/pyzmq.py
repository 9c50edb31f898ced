"""Throughput of PUSH and PULL with pyzmq."""
import time

import zmq

context = zmq.Context()
pull = context.socket(zmq.PULL)
pushes = []


def bind(address):
    pull.bind(address)
    return pull.getsockopt_string(zmq.LAST_ENDPOINT)


def connect(endpoint, sockets):
    for _ in range(sockets):
        push = context.socket(zmq.PUSH)
        push.connect(endpoint)
        pushes.append(push)


def receive(size, frames, count):
    """Messages per second, from the first to the last."""
    take = pull.recv if frames == 1 else pull.recv_multipart
    take()
    start = time.perf_counter()
    for _ in range(count - 1):
        take()
    return (count - 1) / (time.perf_counter() - start)


def send(size, frames, count):
    body = b"x" * size
    message = [body] * frames
    for i in range(count):
        push = pushes[i % len(pushes)]
        if frames == 1:
            push.send(body)
        else:
            push.send_multipart(message)
