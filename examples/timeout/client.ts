/**
 * Receives that time out, on both sides, and then succeed. This side asks once and waits 200 ms at
 * a time for the answer. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/timeout/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/timeout/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/timeout/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/timeout/client.py tcp://127.0.0.1:5555
 */
import { Request, ZmtpError } from 'zmtp';

const req = new Request();
req.connect(process.argv[2] ?? 'tcp://127.0.0.1:5555');

await req.send('question');
for (let isWaiting = true; isWaiting; ) {
  try {
    const [reply] = await req.receive({ timeout: 200 }); // for this receive only
    console.log(`received "${reply}"`);
    isWaiting = false;
  } catch (error) {
    if (!(error instanceof ZmtpError && error.code === 'EAGAIN')) throw error;
    // The request is still out: receive again, do not send again.
    console.log('no reply within 200 ms');
  }
}

req.close();
