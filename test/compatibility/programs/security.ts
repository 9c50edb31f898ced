/** Security: options of PLAIN, CURVE and ZAP, which mechanism follows from them, and mechanisms that do not fit. */
import * as zmq from 'zeromq';
import { listen, outcome } from '../transcript.ts';

// What there is.
console.log(typeof zmq.curveKeyPair, zmq.capability.curve);
const { publicKey, secretKey } = zmq.curveKeyPair();
console.log(publicKey.length, secretKey.length, publicKey === secretKey);
console.log(publicKey === zmq.curveKeyPair().publicKey, /^[\x21-\x7e]{40}$/.test(publicKey));

// Defaults.
const COMMON = [
  'securityMechanism',
  'plainServer',
  'plainUsername',
  'plainPassword',
  'curveServer',
  'zapDomain',
  'zapEnforceDomain',
];
const fresh = new zmq.Dealer();
for (const name of COMMON) console.log(`${name}=${String(Reflect.get(fresh, name))}`);

/** Writes a value as a program without types could, and says what is there then. */
function write(socket: zmq.Socket, name: string, value: unknown): Promise<string> {
  return outcome(() => {
    (socket as unknown as Record<string, unknown>)[name] = value;
    return String(Reflect.get(socket, name));
  });
}
const VALUES: readonly (readonly [string, ...unknown[]])[] = [
  ['zapDomain', 'global', Buffer.from('bytes')],
  ['zapEnforceDomain', true, false],
  ['plainUsername', {}],
  ['securityMechanism', 'plain'],
];
for (const [name, ...values] of VALUES) {
  const socket = new zmq.Dealer();
  for (const value of values) {
    console.log(`${name} := ${String(value)}:`, await write(socket, name, value));
  }
}

// The mechanism follows what was configured last.
const secure = new zmq.Dealer();
secure.plainUsername = 'user';
secure.plainPassword = 'secret';
console.log(secure.securityMechanism, secure.plainUsername, secure.plainPassword);
secure.plainUsername = null;
console.log(secure.securityMechanism, secure.plainUsername);
secure.plainServer = true;
console.log(secure.securityMechanism, secure.plainServer);
secure.curveSecretKey = secretKey;
secure.curvePublicKey = publicKey;
secure.curveServer = true;
console.log(secure.securityMechanism, secure.curveServer, secure.plainServer);
console.log('bad key:', await outcome(() => (secure.curveServerKey = 'too short')));

// By number.
class Low extends zmq.Dealer {
  get domain(): string | null {
    return this.getStringOption(55);
  }
  set domain(value: string | Buffer | null) {
    this.setStringOption(55, value);
  }
}
const low = new Low();
console.log('zap_domain 55', low.domain);
low.domain = Buffer.from('domain');
console.log('zap_domain 55', low.domain, low.zapDomain);

// Mechanisms that do not fit: both sides are told.
const plain = new zmq.Pull({ plainServer: true });
const plainEvents = plain.events;
const plainAddress = await listen(plain);
const bare = new zmq.Push({ linger: 0, reconnectInterval: 1000 });
const bareEvents = bare.events;
bare.connect(plainAddress);
for (const [name, observer] of Object.entries({ plainEvents, bareEvents })) {
  for await (const event of observer) {
    if (event.type !== 'handshake:error:protocol') continue;
    console.log(name, event.type, event.error.code, event.error.message);
    break;
  }
}
for (const socket of [plain, bare, fresh, secure, low]) socket.close();
