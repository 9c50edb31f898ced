"""Throughput of PUSH and PULL with pyzmq; with keys it is encrypted, by CURVE."""
import time

import zmq

context = zmq.Context()
pull = context.socket(zmq.PULL)
pushes = []


def bind(address, secret_key=None):
    if secret_key is not None:
        pull.curve_server = True
        pull.curve_secretkey = secret_key.encode()
    pull.bind(address)
    return pull.getsockopt_string(zmq.LAST_ENDPOINT)


def connect(endpoint, sockets, server_key=None, public_key=None, secret_key=None):
    for _ in range(sockets):
        push = context.socket(zmq.PUSH)
        if server_key is not None:
            push.curve_serverkey = server_key.encode()
            push.curve_publickey = public_key.encode()
            push.curve_secretkey = secret_key.encode()
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
