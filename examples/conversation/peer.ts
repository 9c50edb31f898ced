/**
 * The other side of the conversation: libzmq 4.3.5, the original in C++, through the npm package
 * `zeromq`. `main.ts` starts it twice, once for each role; `peer.py` is the same with pyzmq.
 *
 *     npx tsx examples/conversation/peer.ts reply tcp://127.0.0.1:5555
 *     npx tsx examples/conversation/peer.ts request tcp://127.0.0.1:5555
 */
import { createRequire } from 'node:module';
import { Reply, Request, version } from 'zeromq';

const bindings: { version: string } = createRequire(import.meta.url)('zeromq/package.json');
const [role, endpoint = 'tcp://127.0.0.1:5555'] = process.argv.slice(2);

function text(frames: Buffer[]): string {
  return frames.map((frame) => `"${frame}"`).join(' + ');
}

console.log(
  `libzmq ${version} in the npm package zeromq ${bindings.version}, process ${process.pid}`,
);

if (role === 'reply') {
  const rep = new Reply();
  await rep.bind(endpoint);
  console.log(`listening on ${rep.lastEndpoint}`);
  for (let i = 1; i <= 3; i++) {
    const frames = await rep.receive();
    console.log(`received ${text(frames)}`);
    await rep.send(['You said', ...frames]);
  }
  rep.close();
} else {
  const req = new Request();
  req.connect(endpoint);
  for (const frames of [['Hello'], ['two parts', 'one message'], ['Grüße', '']]) {
    await req.send(frames);
    console.log(`received ${text(await req.receive())}`);
  }
  req.close();
}
