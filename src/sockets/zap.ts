/**
 * A question to a ZAP handler: a `Reply` or `Router` that has bound `inproc://zeromq.zap.01` in the same context. 27/ZAP.
 *
 * ```
 * request    ''  '1.0'  request id  domain  address  identity  mechanism  credentials …
 * reply      ''  '1.0'  request id  status  text     user id   metadata
 * ```
 *
 * Each question has a pipe of its own: what comes back on it is the answer to this question, or a fault. As with libzmq
 * the identity is the socket's own; the peer has not told its yet.
 *
 * @module
 */
import { ProtocolError, type ProtocolErrorCode } from '../errors.ts';
import { type Frames, Pipe, type PipeOwner } from '../pipe.ts';
import type { AuthenticationVerdict } from '../zmtp/mechanism/mechanism.ts';
import { decodeMetadata, type Metadata } from '../zmtp/metadata.ts';
import type { InprocPeer } from './inproc-link.ts';
import type { SocketSide } from './socket-side.ts';

/** What a handler binds, without `inproc://`. */
export const ZAP_NAME = 'zeromq.zap.01';

const VERSION = '1.0';
const REPLY_SIZE = 7;
const EMPTY: Uint8Array = Buffer.alloc(0);

export type ZapRequest = {
  readonly requestId: string;
  readonly domain: Uint8Array;
  readonly address: string;
  readonly identity: Uint8Array;
  readonly mechanism: string;
  readonly credentials: readonly Uint8Array[];
};

function encodeZapRequest(request: ZapRequest): Frames {
  const { requestId, domain, address, identity, mechanism, credentials } = request;
  return [
    EMPTY,
    Buffer.from(VERSION),
    Buffer.from(requestId),
    Buffer.from(domain),
    Buffer.from(address),
    Buffer.from(identity),
    Buffer.from(mechanism),
    ...credentials.map((each) => Buffer.from(each)),
  ];
}

/**
 * The verdict in a reply.
 *
 * @throws {ProtocolError} with a code ERR_ZAP_… for anything that is no proper reply to the request
 */
function decodeZapReply(frames: Readonly<Frames>, requestId: string): AuthenticationVerdict {
  if (frames.length !== REPLY_SIZE) {
    throw fault('MALFORMED_REPLY', `${frames.length} frames with the delimiter, not ${REPLY_SIZE}`);
  }
  const [delimiter, version, id, status, text, userId, metadata] = frames.map((frame) =>
    Buffer.from(frame.buffer, frame.byteOffset, frame.length),
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  if (delimiter.length > 0) throw fault('UNSPECIFIED', 'the first frame is not empty');
  if (version.toString('latin1') !== VERSION) throw fault('BAD_VERSION', `not version ${VERSION}`);
  if (id.toString('latin1') !== requestId) {
    throw fault('BAD_REQUEST_ID', 'the request id is not that of the request');
  }
  // Read whatever the status is, and in the order of libzmq.
  const verdict = toVerdict(status.toString('latin1'), text.toString());
  const properties = readMetadata(metadata);
  if (verdict.status !== 200) return verdict;
  return { status: 200, userId: userId.toString(), metadata: properties };
}

function toVerdict(status: string, text: string): AuthenticationVerdict {
  switch (status) {
    case '200':
      return { status: 200 };
    case '300':
      return { status: 300, text };
    case '400':
      return { status: 400, text };
    case '500':
      return { status: 500, text };
    default:
      throw fault('INVALID_STATUS_CODE', 'the status is not 200, 300, 400 or 500');
  }
}

function readMetadata(bytes: Uint8Array): Metadata {
  try {
    return decodeMetadata(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw fault('INVALID_METADATA', error.reason);
  }
}

type ZapFault<C> = C extends `ERR_ZAP_${infer Name}` ? Name : never;

function fault(code: ZapFault<ProtocolErrorCode>, how: string): ProtocolError {
  return new ProtocolError(`the ZAP handler's reply is faulty: ${how}`, `ERR_ZAP_${code}`);
}

/** One question, from the request to the reply. */
export class ZapQuestion implements InprocPeer, PipeOwner {
  readonly #request: ZapRequest;
  readonly #onVerdict: (verdict: AuthenticationVerdict) => void;
  #pipe: Pipe | undefined;

  /** @param onVerdict - called once, unless `close` comes first */
  constructor(request: ZapRequest, onVerdict: (verdict: AuthenticationVerdict) => void) {
    this.#request = request;
    this.#onVerdict = onVerdict;
  }

  /** Here is somebody who has bound the name: asks. */
  join(handler: SocketSide): boolean {
    if (handler.kind !== 'REP' && handler.kind !== 'ROUTER') return false;
    // One message each way: there is no high-water mark to meet.
    const traits = { highWaterMark: 0, isShared: true };
    const [near, far] = Pipe.pair({ owner: this, ...traits }, { owner: handler, ...traits });
    handler.attach(far);
    near.setConnected(true);
    far.setConnected(true);
    this.#pipe = near;
    near.startWaiting();
    near.write(encodeZapRequest(this.#request));
    return true;
  }

  /** The answer is no longer wanted. */
  close(): void {
    const pipe = this.#pipe;
    this.#pipe = undefined;
    pipe?.close();
  }

  // The pipe.

  pipeReadable(pipe: Pipe): void {
    const frames = pipe.read();
    if (frames !== undefined) this.#finish(this.#judge(frames));
  }

  pipeClosed(): void {
    this.#finish({
      status: undefined,
      text: 'the ZAP handler was closed before it had answered',
    });
  }

  pipeFinished(): void {
    this.pipeClosed();
  }

  pipeHangUp(): void {
    this.pipeClosed();
  }

  pipeWritable(): void {}

  pipeStatusChanged(): void {}

  pipeSubscription(): void {}

  #judge(frames: Frames): AuthenticationVerdict {
    try {
      return decodeZapReply(frames, this.#request.requestId);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { status: undefined, text: error.reason, error };
    }
  }

  #finish(verdict: AuthenticationVerdict): void {
    if (this.#pipe === undefined) return;
    this.close();
    this.#onVerdict(verdict);
  }
}
