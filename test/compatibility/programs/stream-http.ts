/** A Stream as a small HTTP server, asked by Node's client, and as a client of Node's server. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import { Stream } from 'zeromq';
import { listen, show } from '../transcript.ts';

const server = new Stream();
const address = await listen(server);

async function serve(requests: number): Promise<string[]> {
  const log: string[] = [];
  const peers = new Map<string, string>();
  for await (const [id, data] of server) {
    const peer = id.toString('hex');
    if (data.length === 0) {
      const isNew = !peers.has(peer);
      if (isNew) peers.set(peer, '');
      log.push(isNew ? `connected, ${id.length} bytes of id` : 'disconnected');
      if (!isNew && --requests === 0) return log;
      continue;
    }
    const text = (peers.get(peer) ?? '') + data.toString();
    peers.set(peer, text);
    if (!text.includes('\r\n\r\n')) continue;
    const [, path] = text.split(' ');
    log.push(`GET ${path}`);
    const body = path === '/long' ? 'x'.repeat(100_000) : `you asked for ${path}`;
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    await server.send([id, head]);
    await server.send([id, body]);
    await server.send([id, '']); // closes the connection
  }
  return log;
}

function fetchText(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${address.replace('tcp:', 'http:')}${path}`,
      { agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
      },
    );
    request.on('error', reject);
  });
}

// A connection that the server closes by itself is not told: the client must hang up to be seen leaving.
const serving = serve(1);
for (const path of ['/', '/news', '/long']) {
  const answer = await fetchText(path);
  console.log(path, '->', answer.length > 100 ? `${answer.length} characters` : answer);
}
const visitor = new Stream({ linger: 0 });
const visitorIsThere = visitor.receive();
visitor.connect(address, { routingId: 'server' });
const [id, nothing] = await visitorIsThere;
console.log('visitor:', show(id), show(nothing));
visitor.close();
for (const line of await serving) console.log('log:', line);
server.close();

// As a client of somebody who speaks no ZMTP.
const upper = createServer((connection) => {
  connection.setEncoding('utf8').on('data', (text: string) => connection.write(text.toUpperCase()));
});
await new Promise<void>((resolve) => upper.listen(0, '127.0.0.1', resolve));
const port = (upper.address() as { port: number }).port;
const client = new Stream();
client.connect(`tcp://127.0.0.1:${port}`, { routingId: 'upper' });
await client.send(['upper', 'hello, ']);
await client.send(['upper', 'raw world']);
let heard = '';
let notices = 0;
while (heard.length < 16) {
  const [from, data] = await client.receive();
  if (String(from) !== 'upper') console.log('from', show(from));
  if (data.length === 0) notices++;
  heard += data.toString();
}
console.log(heard, `(${notices} notice)`);
await client.send(['upper', '']);
client.close();
upper.close();

// Without notices, two streams.
const quiet = new Stream({ notify: false });
const quietAddress = await listen(quiet);
const asking = new Stream({ notify: false });
asking.connect(quietAddress, { routingId: 'quiet' });
await asking.send(['quiet', 'first']);
const [asker, question] = await quiet.receive();
console.log('quiet <-', show(question));
await quiet.send([asker, 'second']);
console.log('asking <-', (await asking.receive()).map(show).join(' | '));
quiet.close();
asking.close();
