/**
 * Why implementations deviate, a line for each case: what was found in their sources and on the wire.
 *
 * @module
 */
export const EXPLANATIONS: Readonly<Record<string, string>> = {
  T3a: 'libzmq writes zeros behind the mechanism, whatever its part is; who is server follows from options alone',
  T11: 'the first byte is not FF, so libzmq takes it for ZMTP 1.0, and the rest for a frame that is not whole yet',
  T11a: 'the same; a publisher even sends to such a peer, as one of ZMTP 1.0 cannot subscribe',
  T12: 'the same; the timer for the handshake is stopped as well, so the connection never ends',
  T14a: 'libzmq decides before it has written more than its signature, and closes: the other side cannot learn why',
  T16a: 'libzmq closes without a word',
  T18a: 'libzmq looks for `Socket-Type` in this spelling only, and skips the check when it finds none',
  T21a: 'the loop that reads properties ends where the bytes do, also when a value was announced',
  T21b: 'no length is asked of a name',
  T24a: 'the flags of frames are not looked at in the handshake',
  T26a: 'libzmq deals with ERROR before its own READY is out, and then waits for the peer to close',
  T28: 'the message comes up for reading before the READY of libzmq is out, which is an error to it',
  T34: 'reserved bits are ignored',
  T34a: 'reserved bits are ignored',
  T35: 'MORE is ignored on commands',
  T37: 'with CURVE, libzmq checks the sealed frame, which is 33 bytes longer',
  T43: 'the size of the context is computed as a negative number, and 16 bytes of what was received before come back',
  T43a: 'the same',
  T45: 'the time to live is multiplied in 16 bits: 65.6 s become 64 ms',
  T57: '4.3.4 decides about the LONG bit before it has counted the name of the command: from 246 to 255 bytes the frame is corrupt',
  T57a: 'the same, with the byte that stands before the topic: at 255 bytes the frame is corrupt',
  T61: 'libzmq takes any Identity; the applications get an id that looks like one of its own',
  T61a: 'libzmq takes any Identity',
  T65a: 'REP is a ROUTER inside, so the second peer of an Identity is never read',
  T73: 'an escape of C swallows the E (`\\x5ERROR`), so libzmq sends 5E and RROR, which only libzmq understands',
  T73a: 'after ERROR libzmq leaves it to the client, or to the time for the handshake, to close',
  T78a: 'libzmq keeps the COMMAND bit of the frame around it, and then drops the message as an unknown command',
  T78b: 'reserved bits are ignored, as in clear',
  T85: 'a message may have any number of frames',
  C3: 'libzmq opens the vouch, and compares only the key of the client in it',
  C5: 'libzmq compares counters from INITIATE on',
};
