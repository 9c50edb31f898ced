/**
 * Which certificates will do for `tls://`, which will not, and what this side says of it.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AuthenticationRequest,
  Reply,
  Request,
  type SocketOptions,
  type TlsOptions,
} from '../../../src/index.ts';
import { issue } from '../../support/certificates.ts';
import { watch } from '../../support/peers/events.ts';
import {
  boundReply,
  type Cast,
  connectedRequest,
  converse,
  failure,
  makeCast,
  servesOn,
  trusting,
} from '../../support/tls.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

let cast: Cast;
beforeAll(async () => {
  cast = await makeCast();
});

describe('a server', () => {
  const asking = (): TlsOptions => ({ ...trusting(cast, cast.server), requestCert: true });

  test('of another authority is refused, and asked again', async () => {
    const rep = await boundReply(cast.stranger.server);
    const req = connectedRequest(rep, trusting(cast));
    const events = watch(req);
    const { error } = await events.next('handshake:error:other');
    expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await events.next('connect:retry');
    // Its operator has put that right meanwhile.
    const address = rep.lastEndpoint ?? '';
    await rep.unbind(address);
    rep.tls = cast.server;
    await rep.bind(address);
    await converse(req, rep);
  });

  test('of another name is refused, unless that is the one awaited', async () => {
    const rep = await boundReply(await issue(cast.authority, 'service.example'));
    const req = connectedRequest(rep, trusting(cast));
    expect(await failure(req)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    await servesOn(rep, trusting(cast, { servername: 'service.example' }));
    const other = connectedRequest(rep, trusting(cast, { servername: 'other.example' }));
    expect(await failure(other)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('with an address for a name is looked for under that', async () => {
    const rep = await boundReply(cast.server);
    await servesOn(rep, trusting(cast, { servername: '127.0.0.1' }));
    const req = connectedRequest(rep, trusting(cast, { servername: '127.0.0.2' }));
    expect(await failure(req)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('whose certificate has expired is refused', async () => {
    const rep = await boundReply(await issue(cast.authority, '127.0.0.1', { isExpired: true }));
    expect(await failure(connectedRequest(rep, trusting(cast)))).toBe('CERT_HAS_EXPIRED');
  });

  test('is refused where nothing is said of authorities', async () => {
    const rep = await boundReply(cast.server);
    expect(await failure(connectedRequest(rep, null))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('may be anybody with rejectUnauthorized: false', async () => {
    await servesOn(await boundReply(cast.stranger.server), { rejectUnauthorized: false });
  });

  test('that asks for a certificate refuses who has none', async () => {
    const rep = await boundReply(asking());
    const req = connectedRequest(rep, trusting(cast));
    const words = watch(req).next('handshake:error:other');
    const [atServer, atClient] = await Promise.all([failure(rep), failure(req)]);
    expect((await words).reason).toMatch(/^TLS: [a-z0-9 ]+$|^the peer closed|ECONNRESET$/);
    expect(atServer).toBe('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    expect(atClient).toMatch(/^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|EPIPE|ECONNRESET)$/);
    await servesOn(rep, trusting(cast, cast.client));
  });

  test('that asks for a certificate refuses one that it does not trust', async () => {
    const rep = await boundReply(asking());
    const req = connectedRequest(rep, trusting(cast, cast.stranger.client));
    const [atServer, atClient] = await Promise.all([failure(rep), failure(req)]);
    expect(atServer).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(atClient).toMatch(/^(EPIPE|ECONNRESET)$/);
    await servesOn(rep, trusting(cast, cast.client));
  });

  test('speaks the versions and protocols that it has been given', async () => {
    const rep = await boundReply({
      ...cast.server,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['zmtp'],
    });
    const old = connectedRequest(rep, trusting(cast, { maxVersion: 'TLSv1.2' }));
    expect(await failure(old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const web = connectedRequest(rep, trusting(cast, { ALPNProtocols: ['h2'] }));
    expect(await failure(web)).toMatch(
      /^(ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL|ECONNRESET)$/,
    );
    await servesOn(rep, trusting(cast, { ALPNProtocols: ['h2', 'zmtp'] }));
  });
});

describe('authenticate', () => {
  async function asked(
    server: TlsOptions,
    client: TlsOptions,
    options: SocketOptions<Reply> = {},
    clientOptions: SocketOptions<Request> = {},
  ): Promise<AuthenticationRequest> {
    const requests: AuthenticationRequest[] = [];
    const rep = own(
      new Reply({
        ...options,
        tls: { ...trusting(cast, cast.server), ...server },
        authenticate: (request) => {
          requests.push(request);
          return { status: 200, userId: request.certificate?.subject ?? 'nobody' };
        },
      }),
    );
    const events = watch(rep);
    await rep.bind('tls://127.0.0.1:*');
    const req = own(new Request({ ...clientOptions, tls: trusting(cast, client) }));
    req.connect(rep.lastEndpoint ?? '');
    const { peer } = await events.next('handshake');
    const [request] = requests;
    expect(peer.userId).toBe(request?.certificate?.subject ?? 'nobody');
    return request as AuthenticationRequest;
  }

  test('is told whose certificate a client has', async () => {
    const request = await asked({ requestCert: true }, cast.client);
    expect(request).toMatchObject({
      mechanism: 'NULL',
      address: '127.0.0.1',
      certificate: { subject: 'CN=worker-7', subjectAltName: 'DNS:worker-7' },
    });
    expect(request.certificate?.fingerprint256).toMatch(/^([\dA-F]{2}:){31}[\dA-F]{2}$/);
    expect(Buffer.from(request.certificate?.raw ?? []).toString('base64')).toBe(
      cast.client.cert.replaceAll(/-----.*-----|\s/g, ''),
    );
  });

  test('is told so with a mechanism too', async () => {
    const request = await asked(
      { requestCert: true },
      cast.client,
      { plainServer: true },
      { plainUsername: 'u', plainPassword: 'p' },
    );
    expect(request).toMatchObject({ mechanism: 'PLAIN', certificate: { subject: 'CN=worker-7' } });
  });

  test.each(['client', 'stranger'] as const)(
    'is told of none where it proves nothing',
    async (who) => {
      const identity = who === 'client' ? undefined : cast.stranger.client;
      const request = await asked(
        { requestCert: true, rejectUnauthorized: false },
        { ...identity },
      );
      expect('certificate' in request).toBe(false);
    },
  );

  test('is told of none where none was asked for', async () => {
    expect('certificate' in (await asked({}, cast.client))).toBe(false);
  });
});

describe('bind and connect refuse', () => {
  const BOTH = ['bind', 'connect'];
  /** The second of two certificates lacks a line. */
  const broken = ({ server, authority: { cert } }: Cast): TlsOptions => {
    const lines = cert.split('\n');
    return { ...server, ca: [cert + lines.toSpliced(3, 1).join('\n')] };
  };
  const manyProtocols = Array.from({ length: 257 }, () => 'x'.repeat(255));
  const CASES: readonly [string, (cast: Cast) => TlsOptions | null, string[]][] = [
    ['nothing at all', () => null, ['bind']],
    ['no certificate', ({ authority }) => ({ ca: authority.cert }), ['bind']],
    ['a certificate without key', ({ server: { cert } }) => ({ cert }), BOTH],
    ['a key without certificate', ({ server: { key } }) => ({ key }), BOTH],
    ["another's key", ({ server, client }) => ({ cert: server.cert, key: client.key }), BOTH],
    ['no PEM', ({ server }) => ({ cert: 'certificate', key: server.key }), BOTH],
    ['a key that is cut off', ({ server }) => ({ ...server, key: server.key.slice(0, 99) }), BOTH],
    ['a CA that is none', ({ server }) => ({ ...server, ca: 'nobody' }), BOTH],
    ['a CA whose certificate is cut off', broken, BOTH],
    ['a list of the revoked that is none', ({ server }) => ({ ...server, crl: 'nobody' }), BOTH],
    ['a pfx that is none', () => ({ pfx: Buffer.from('nothing') }), BOTH],
    [
      'a protocol with a long name',
      ({ server }) => ({ ...server, ALPNProtocols: ['ü'.repeat(128)] }),
      BOTH,
    ],
    [
      'a long list of protocols',
      ({ server }) => ({ ...server, ALPNProtocols: manyProtocols }),
      BOTH,
    ],
    ['ciphers that are none', ({ server }) => ({ ...server, ciphers: 'none-such' }), BOTH],
  ];

  test.each(CASES)('%s', async (_, make, purposes) => {
    const tls = make(cast);
    const refusal = {
      code: 'EINVAL',
      address: 'tls://127.0.0.1:5555',
      detail: expect.stringMatching(/\btls\b/),
    };
    const rep = own(new Reply({ tls }));
    const events = watch(rep);
    if (purposes.includes('bind')) {
      await expect(rep.bind(refusal.address)).rejects.toMatchObject(refusal);
      expect((await events.next('bind:error')).error).toMatchObject(refusal);
      expect(() => rep.bindSync(refusal.address)).toThrow(expect.objectContaining(refusal));
    }
    const connecting = (): void => rep.connect(refusal.address);
    if (purposes.includes('connect')) {
      expect(connecting).toThrow(expect.objectContaining(refusal));
      expect(rep.lastEndpoint).toBe(null);
    } else expect(connecting).not.toThrow();
  });

  test('a key that needs a passphrase, without it or with another', async () => {
    const passphrase = 'correct horse';
    const locked = await issue(cast.authority, '127.0.0.1', { passphrase });
    const rep = own(new Reply());
    for (const wrong of [{}, { passphrase: 'wrong' }]) {
      rep.tls = { ...locked, ...wrong };
      await expect(rep.bind('tls://127.0.0.1:*')).rejects.toMatchObject({ code: 'EINVAL' });
    }
    rep.tls = { ...locked, passphrase };
    await rep.bind('tls://127.0.0.1:*');
    await servesOn(rep, trusting(cast));
  });
});
