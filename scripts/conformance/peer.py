"""A bound socket of pyzmq, with the application that `zmtp conform` supposes behind it."""

import json
import sys
import threading

import zmq

kind, settings = sys.argv[1], json.loads(sys.argv[2])
context = zmq.Context()


def authenticate(handler):
    """The handler of ZAP that knows one password and one key."""
    while True:
        version, request, _, _, _, _, *credentials = handler.recv_multipart()
        if "password" in settings:
            known = credentials[1].decode() == settings["password"]
        else:
            known = credentials[0].hex() == settings["clientKey"]
        handler.send_multipart([version, request, b"200" if known else b"400", b"", b"", b""])


socket = context.socket(getattr(zmq, kind))
socket.linger = 0
socket.setsockopt(zmq.HANDSHAKE_IVL, settings["handshakeInterval"])
socket.setsockopt(zmq.MAXMSGSIZE, settings["maxMessageSize"])
if "password" in settings or "clientKey" in settings:
    zap = context.socket(zmq.REP)
    zap.bind("inproc://zeromq.zap.01")
    threading.Thread(target=authenticate, args=(zap,), daemon=True).start()
if "password" in settings:
    socket.plain_server = True
if "clientKey" in settings:
    socket.curve_server = True
    socket.curve_secretkey = settings["curveSecretKey"].encode()
port = socket.bind_to_random_port("tcp://127.0.0.1")
print(f"tcp://127.0.0.1:{port}", flush=True)
if kind == "SUB":
    socket.subscribe("+")
while True:
    message = socket.recv_multipart()
    if kind == "SUB":
        text = message[0]
        if text[:1] == b"+":
            socket.subscribe(text[1:])
        elif text[:1] == b"-":
            socket.unsubscribe(text[1:])
    elif kind != "PULL":
        socket.send_multipart(message)
