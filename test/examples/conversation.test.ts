import { describe, expect } from 'vitest';
import { python, test } from './program.ts';

describe('conversation', () => {
  test('talks to libzmq in both directions, says who is who, and ends by itself', async ({
    start,
  }) => {
    const program = start('examples/conversation/main.ts');
    const lines = await program.output();
    const printed = lines.join('\n');

    expect(lines[0]).toMatch(/^This is zmtp \d+\.\d+\.\d+, .* Node v\d+/);
    expect(printed).toMatch(
      /libzmq \d+\.\d+\.\d+ in the npm package zeromq \d+\.\d+\.\d+, process \d+/,
    );
    for (const peer of python === undefined ? ['zeromq'] : ['zeromq', 'pyzmq']) {
      const asked = lines.indexOf(`zmtp asks, libzmq in ${peer} answers:`);
      const answered = lines.indexOf(`libzmq in ${peer} asks, zmtp answers:`);
      expect(lines.slice(asked, answered)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /shook hands with tcp:\/\/127\.0\.0\.1:\d+: a REP socket, ZMTP 3\.[01]$/,
          ),
          expect.stringMatching(/^ {2}\w+ +received "Grüße" \+ ""$/),
          '  zmtp    received "You said" + "two parts" + "one message"',
        ]),
      );
      expect(lines.slice(answered)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /shook hands with tcp:\/\/127\.0\.0\.1:\d+: a REQ socket, ZMTP 3\.[01]$/,
          ),
          '  zmtp    received "two parts" + "one message"',
          `  ${peer.padEnd(8)}received "You said" + "Grüße" + ""`,
        ]),
      );
    }
    expect(lines.at(-1)).toBe('Everything sent has arrived, in both directions.');
  });
});
