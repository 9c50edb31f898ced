"""A libzmq peer in a process of its own, driven by JSON lines; peer.ts describes the commands.

zeromq_peer.mjs is the same program over the npm package zeromq. Standard input is the lifeline: when it
ends, so does this process, whatever its sockets are doing.
"""

import asyncio
import hashlib
import json
import math
import os
import struct
import sys

try:
    import zmq
    import zmq.asyncio
except ImportError as error:
    sys.exit(f"{sys.executable} cannot import zmq ({error}); install python3-zmq or run scripts/setup.ts")

# The names of the npm package zeromq on the left; both peers speak those.
OPTIONS = {
    "backlog": zmq.BACKLOG,
    "conflate": zmq.CONFLATE,
    "connectTimeout": zmq.CONNECT_TIMEOUT,
    "correlate": zmq.REQ_CORRELATE,
    "curvePublicKey": zmq.CURVE_PUBLICKEY,
    "curveSecretKey": zmq.CURVE_SECRETKEY,
    "curveServer": zmq.CURVE_SERVER,
    "curveServerKey": zmq.CURVE_SERVERKEY,
    "handover": zmq.ROUTER_HANDOVER,
    "handshakeInterval": zmq.HANDSHAKE_IVL,
    "heartbeatInterval": zmq.HEARTBEAT_IVL,
    "heartbeatTimeout": zmq.HEARTBEAT_TIMEOUT,
    "heartbeatTimeToLive": zmq.HEARTBEAT_TTL,
    "immediate": zmq.IMMEDIATE,
    "invertMatching": zmq.INVERT_MATCHING,
    "ipv6": zmq.IPV6,
    "linger": zmq.LINGER,
    "mandatory": zmq.ROUTER_MANDATORY,
    "manual": zmq.XPUB_MANUAL,
    "maxMessageSize": zmq.MAXMSGSIZE,
    "noDrop": zmq.XPUB_NODROP,
    "plainPassword": zmq.PLAIN_PASSWORD,
    "plainServer": zmq.PLAIN_SERVER,
    "plainUsername": zmq.PLAIN_USERNAME,
    "probeRouter": zmq.PROBE_ROUTER,
    "receiveBufferSize": zmq.RCVBUF,
    "receiveHighWaterMark": zmq.RCVHWM,
    "reconnectInterval": zmq.RECONNECT_IVL,
    "reconnectMaxInterval": zmq.RECONNECT_IVL_MAX,
    "relaxed": zmq.REQ_RELAXED,
    "routingId": zmq.ROUTING_ID,
    "sendBufferSize": zmq.SNDBUF,
    "sendHighWaterMark": zmq.SNDHWM,
    "sendTimeout": zmq.SNDTIMEO,
    "welcomeMessage": zmq.XPUB_WELCOME_MSG,
    "zapDomain": zmq.ZAP_DOMAIN,
}

VERBOSITIES = {"allSubs": zmq.XPUB_VERBOSE, "allSubsUnsubs": zmq.XPUB_VERBOSER}

EVENTS = {
    zmq.EVENT_ACCEPTED: "accept",
    zmq.EVENT_ACCEPT_FAILED: "accept:error",
    zmq.EVENT_LISTENING: "bind",
    zmq.EVENT_BIND_FAILED: "bind:error",
    zmq.EVENT_CLOSED: "close",
    zmq.EVENT_CLOSE_FAILED: "close:error",
    zmq.EVENT_CONNECTED: "connect",
    zmq.EVENT_CONNECT_DELAYED: "connect:delay",
    zmq.EVENT_CONNECT_RETRIED: "connect:retry",
    zmq.EVENT_DISCONNECTED: "disconnect",
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "handshake",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "handshake:error:auth",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "handshake:error:other",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "handshake:error:protocol",
    zmq.EVENT_MONITOR_STOPPED: "end",
}

CONTEXT = zmq.asyncio.Context()
SOCKETS = {}


def write(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def frame(spec):
    """The bytes a frame specification stands for, see `frame` in messages.ts."""
    if "text" in spec:
        return spec["text"].encode()
    if "hex" in spec:
        return bytes.fromhex(spec["hex"])
    pattern = bytes((spec["seed"] + 7 * i) & 255 for i in range(251))
    size = spec["size"]
    return (pattern * (size // 251 + 1))[:size]


def message(specs):
    return [frame(spec) for spec in specs]


def digest(frames):
    return [f"{len(part)}:{hashlib.sha256(part).hexdigest()}" for part in frames]


def split_envelope(frames):
    """Routing frames up to and with the first empty frame, and the body behind it."""
    delimiter = frames.index(b"", 1)
    return frames[: delimiter + 1], frames[delimiter + 1 :]


class Socket:
    def __init__(self, number, command):
        self.number = number
        self.type = command["type"]
        self.zmq = CONTEXT.socket(getattr(zmq, self.type))
        self.zmq.linger = 0
        self.jobs = set()
        for name, value in command.get("options", {}).items():
            if name == "verbosity":
                self.zmq.setsockopt(VERBOSITIES[value], 1)
            else:
                self.zmq.setsockopt(OPTIONS[name], value.encode() if isinstance(value, str) else int(value))
        self.monitor = None
        if command.get("monitor"):
            monitor = self.zmq.get_monitor_socket()
            self.monitor = asyncio.ensure_future(self.watch(monitor))

    async def watch(self, monitor):
        while True:
            header, endpoint = await monitor.recv_multipart()
            code, value = struct.unpack("=HI", header)
            name = EVENTS.get(code, f"unknown:{code}")
            write({"event": name, "socket": self.number, "address": endpoint.decode(), "value": value})
            if name == "end":
                return

    async def run(self, job):
        """Awaits a job that `close` may cancel."""
        task = asyncio.ensure_future(job)
        self.jobs.add(task)
        try:
            return await task
        finally:
            self.jobs.discard(task)

    async def receive_frames(self):
        """The next message; libzmq may call a REQ readable for a reply that it then drops as stale."""
        while True:
            try:
                return await self.zmq.recv_multipart()
            except zmq.Again:
                pass

    async def serve(self, command):
        messages, peers = [], []
        try:
            while len(messages) < command.get("count", math.inf):
                frames = await self.receive_frames()
                body = frames
                if self.type == "ROUTER":
                    peers.append(frames[0].hex())
                    _, body = split_envelope(frames)
                await self.zmq.send_multipart(frames)
                messages.append(digest(body))
        except asyncio.CancelledError:
            pass  # closed: what was served so far is the result
        return {"messages": messages, "peers": peers}

    async def exchange(self, command):
        messages = []
        bodies = [message(specs) for specs in command["messages"]]
        if self.type == "DEALER":
            for body in bodies:
                await self.zmq.send_multipart([b"", *body])
            for _ in bodies:
                delimiter, *body = await self.receive_frames()
                if delimiter != b"":
                    raise ValueError(f"reply without a delimiter: {delimiter.hex()}")
                messages.append(digest(body))
        else:
            for body in bodies:
                await self.zmq.send_multipart(body)
                messages.append(digest(await self.receive_frames()))
        return {"messages": messages}

    async def subscribe(self, command):
        is_on = command["op"] == "subscribe"
        for topic in message(command["topics"]):
            if self.type == "XSUB":
                await self.zmq.send((b"\1" if is_on else b"\0") + topic)
            else:
                self.zmq.setsockopt(zmq.SUBSCRIBE if is_on else zmq.UNSUBSCRIBE, topic)
        return {}

    async def send(self, command):
        await self.zmq.send_multipart(message(command["frames"]))
        return {}

    async def send_many(self, command):
        envelope = [bytes.fromhex(command["to"])] if "to" in command else []
        sent = 0
        try:
            for specs in command["messages"]:
                await self.zmq.send_multipart(envelope + message(specs))
                sent += 1
        except zmq.Again:
            pass  # sendTimeout is over: that many were sent
        return {"sent": sent}

    async def receive(self, _):
        frames = await self.receive_frames()
        return {"digest": digest(frames), "hex": [part[:256].hex() for part in frames]}

    async def receive_many(self, command):
        skip, until = (frame(command[key]) if key in command else None for key in ("skip", "until"))
        messages, peers = [], []
        while len(messages) < command.get("count", math.inf):
            frames = await self.receive_frames()
            envelope = [frames.pop(0).hex()] if self.type in ("ROUTER", "STREAM") else []
            if frames[0] == until:
                break
            if frames[0] != skip:
                messages.append(digest(frames))
                peers += envelope
        return {"messages": messages, "peers": peers}

    async def close(self):
        jobs = list(self.jobs)
        for job in jobs:
            job.cancel()
        if jobs:
            await asyncio.wait(jobs)
        if self.monitor is not None:
            # Stopping the monitor ends its stream with the event "end".
            self.zmq.disable_monitor()
            await self.monitor
        self.zmq.close()
        return {}


JOBS = {
    "exchange": Socket.exchange,
    "receive": Socket.receive,
    "receiveMany": Socket.receive_many,
    "send": Socket.send,
    "sendMany": Socket.send_many,
    "serve": Socket.serve,
    "subscribe": Socket.subscribe,
    "unsubscribe": Socket.subscribe,
}


async def perform(command):
    op = command["op"]
    if op == "open":
        SOCKETS[command["socket"]] = Socket(command["socket"], command)
        return {}
    socket = SOCKETS[command["socket"]]
    if op in ("bind", "connect", "unbind", "disconnect"):
        if "routingId" in command:
            socket.zmq.setsockopt(zmq.CONNECT_ROUTING_ID, command["routingId"].encode())
        getattr(socket.zmq, op)(command["endpoint"])
        return {"endpoint": socket.zmq.last_endpoint.rstrip(b"\0").decode()}
    if op in JOBS:
        return await socket.run(JOBS[op](socket, command))
    if op == "close":
        del SOCKETS[command["socket"]]
        return await socket.close()
    raise ValueError(f"unknown command {op}")


async def answer(command):
    try:
        write({"id": command["id"], "result": await perform(command)})
    except asyncio.CancelledError:
        write({"id": command["id"], "error": "the socket was closed"})
    except Exception as error:
        write({"id": command["id"], "error": f"{type(error).__name__}: {error}"})


async def main():
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    write({"ready": True, "libzmq": zmq.zmq_version()})
    running = set()
    while line := await reader.readline():
        task = asyncio.ensure_future(answer(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    os._exit(0)


asyncio.run(main())
