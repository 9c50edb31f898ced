/**
 * The rules that bytes of a stream can break, in words, and where they stand. RFCs have no section numbers: the heading is
 * cited.
 *
 * @module
 */

export type Rule = {
  /** In words. */
  readonly rule: string;
  /** The number and the name of the RFC, and the heading. */
  readonly source: string;
};

type RuleName =
  | 'notZmtp'
  | 'mechanismName'
  | 'asServerValue'
  | 'asServerOfNull'
  | 'filler'
  | 'mechanismMismatch'
  | 'reservedFlags'
  | 'commandWithMore'
  | 'commandInVersion2'
  | 'longLength'
  | 'version1Length'
  | 'version1Flags'
  | 'commandName'
  | 'handshakeOrder'
  | 'messageTooSoon'
  | 'trafficTooSoon'
  | 'propertyName'
  | 'propertyLength'
  | 'socketTypeName'
  | 'socketTypes'
  | 'identity'
  | 'errorReason'
  | 'corruptError'
  | 'pingTtl'
  | 'pingContext'
  | 'subscribeToVersion30'
  | 'plainHello'
  | 'plainWelcome'
  | 'curveHello'
  | 'curveVersion'
  | 'curvePadding'
  | 'curveWelcome'
  | 'curveInitiate'
  | 'curveReady'
  | 'curveMessage'
  | 'curveCounter';

export const RULES: Readonly<Record<RuleName, Rule>> = {
  notZmtp: {
    rule: 'a greeting begins with FF; anything else is the length of a frame of ZMTP 1.0, and behind that come flags of 0 or 1',
    source: '37/ZMTP, Detecting ZMTP 1.0 and 2.0 Peers',
  },
  mechanismName: {
    rule: 'a mechanism is 1 to 20 characters of A-Z 0-9 - _ . + and zeros behind them',
    source: '37/ZMTP, Formal Grammar',
  },
  asServerValue: {
    rule: 'as-server is 0 or 1',
    source: '37/ZMTP, Formal Grammar',
  },
  asServerOfNull: {
    rule: 'with the mechanism NULL as-server must be zero',
    source: '37/ZMTP, The NULL Security Mechanism',
  },
  filler: {
    rule: 'the filler is zeros',
    source: '37/ZMTP, Formal Grammar',
  },
  mechanismMismatch: {
    rule: 'both peers name the same mechanism, or the connection is closed',
    source: '37/ZMTP, Authentication and Confidentiality',
  },
  reservedFlags: {
    rule: 'bits 3 to 7 of the flags must be zero',
    source: '37/ZMTP, Framing',
  },
  commandWithMore: {
    rule: 'the bit MORE is zero on command frames',
    source: '37/ZMTP, Framing',
  },
  commandInVersion2: {
    rule: 'bits 2 to 7 of the flags must be zero: ZMTP 2.0 has no commands',
    source: '15/ZMTP, Framing',
  },
  longLength: {
    rule: 'a length is at most 2^63 - 1',
    source: '37/ZMTP, Framing',
  },
  version1Length: {
    rule: 'a frame has a length of at least 1, for its flags',
    source: '13/ZMTP, The Framing Layer',
  },
  version1Flags: {
    rule: 'bits 1 to 7 of the flags must be zero',
    source: '13/ZMTP, The Framing Layer',
  },
  commandName: {
    rule: 'a command begins with the length of its name, 1 to 255, and the name',
    source: '37/ZMTP, Commands',
  },
  handshakeOrder: {
    rule: 'a handshake has its commands in the order of its mechanism, and nothing else',
    source: '37/ZMTP, Formal Grammar',
  },
  messageTooSoon: {
    rule: 'messages begin when READY has been both sent and received',
    source: '37/ZMTP, The NULL Security Mechanism',
  },
  trafficTooSoon: {
    rule: 'messages begin when the handshake is done on both sides',
    source: '37/ZMTP, Authentication and Confidentiality',
  },
  propertyName: {
    rule: 'a property has a name of 1 to 255 characters of A-Z a-z 0-9 - _ . +',
    source: '37/ZMTP, Connection Metadata',
  },
  propertyLength: {
    rule: 'a property is a name and a value, each with its length in front',
    source: '37/ZMTP, Connection Metadata',
  },
  socketTypeName: {
    rule: 'a Socket-Type is a name of the list, in capital letters',
    source: '37/ZMTP, The Socket-Type Property',
  },
  socketTypes: {
    rule: 'the types of the two sockets fit each other',
    source: '37/ZMTP, The Socket-Type Property',
  },
  identity: {
    rule: 'an Identity has at most 255 bytes and does not begin with 0',
    source: '37/ZMTP, The Identity Property',
  },
  errorReason: {
    rule: 'an ERROR has the length of its reason, 0 to 255, and the reason',
    source: '37/ZMTP, Formal Grammar',
  },
  corruptError: {
    rule: 'the name of the command is ERROR: libzmq from 4.3.0 on writes 5E RROR in PLAIN',
    source: '24/ZMTP-PLAIN, Implementation',
  },
  pingTtl: {
    rule: 'a PING has a time to live of 2 bytes',
    source: '37/ZMTP, Connection Heartbeating',
  },
  pingContext: {
    rule: 'the context of a PING or PONG has at most 16 bytes',
    source: '37/ZMTP, Connection Heartbeating',
  },
  subscribeToVersion30: {
    rule: 'a peer of ZMTP 3.0 takes subscriptions as messages: it does not know this command',
    source: '23/ZMTP, The Publish-Subscribe Pattern',
  },
  plainHello: {
    rule: 'a HELLO is a user name and a password, each with its length in front, and nothing else',
    source: '24/ZMTP-PLAIN, Implementation',
  },
  plainWelcome: {
    rule: 'a WELCOME has nothing behind its name',
    source: '24/ZMTP-PLAIN, Implementation',
  },
  curveHello: {
    rule: 'a HELLO has 194 bytes behind its name',
    source: '26/CURVEZMQ, The HELLO Command',
  },
  curveVersion: {
    rule: 'the version of CurveZMQ is 1.0',
    source: '26/CURVEZMQ, The HELLO Command',
  },
  curvePadding: {
    rule: 'the padding of a HELLO is zeros',
    source: '26/CURVEZMQ, The HELLO Command',
  },
  curveWelcome: {
    rule: 'a WELCOME has 160 bytes behind its name',
    source: '26/CURVEZMQ, The WELCOME Command',
  },
  curveInitiate: {
    rule: 'an INITIATE has at least 248 bytes behind its name',
    source: '26/CURVEZMQ, The INITIATE Command',
  },
  curveReady: {
    rule: 'a READY has at least 24 bytes behind its name',
    source: '26/CURVEZMQ, The READY Command',
  },
  curveMessage: {
    rule: 'behind the handshake every frame is a MESSAGE: a counter of 8 bytes and a box of at least 17',
    source: '26/CURVEZMQ, The MESSAGE Command',
  },
  curveCounter: {
    rule: 'the counter of each command is greater than the one before',
    source: '26/CURVEZMQ, The HELLO Command',
  },
};
