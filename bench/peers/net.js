/** Endpoints as the sockets name them, for bare `node:net`. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Listens at `tcp://127.0.0.1:*` or `ipc://path`; resolves with the endpoint. */
export async function listen(server, address) {
  if (address.startsWith('ipc:')) {
    server.listen(address.slice('ipc://'.length));
    await once(server, 'listening');
    return address;
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `tcp://127.0.0.1:${server.address().port}`;
}

export function open(endpoint) {
  if (endpoint.startsWith('ipc:')) return connect({ path: endpoint.slice('ipc://'.length) });
  return connect({ host: '127.0.0.1', port: Number(new URL(endpoint).port), noDelay: true });
}
