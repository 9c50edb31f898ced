/**
 * Endpoints for tests that run side by side.
 *
 * @module
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

export type Transport = 'tcp' | 'ipc';

/** Whether this machine has the IPv6 loopback address. */
export const HAS_IPV6_LOOPBACK: boolean = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1');

// Below 32768, where Linux and the other systems start to hand out ports to sockets that bind to port 0 or connect:
// nobody gets a port from here by accident between the probe and its use. The start differs per process.
const FIRST_PORT = 12_000;
const PORT_COUNT = 20_000;
let offset = (process.pid * 7919 + Math.floor(Math.random() * PORT_COUNT)) % PORT_COUNT;

/** A TCP port that nothing listens on, for those who connect before the other side binds. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    offset = (offset + 1) % PORT_COUNT;
    const server = createServer();
    try {
      server.listen(FIRST_PORT + offset, host);
      await once(server, 'listening');
      return FIRST_PORT + offset;
    } catch {
      // Taken: the next one.
    } finally {
      server.close();
    }
  }
}

/** A directory of its own for ipc sockets; dispose of it when they are closed. */
export class IpcDirectory implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'zmtp-'));
  #count = 0;

  /** An endpoint nobody has used. */
  next(): string {
    return `ipc://${join(this.path, String(++this.#count))}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
