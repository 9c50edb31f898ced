/**
 * What is used of libsodium's WebAssembly build, which comes without types. Numbers are addresses in `HEAPU8`, or
 * lengths; a 64-bit argument is two of them, the low word first.
 */
declare module 'libsodium-sumo' {
  export type Sodium = {
    /** Another array after the heap has grown. */
    readonly HEAPU8: Uint8Array;
    _malloc(size: number): number;
    _crypto_core_hsalsa20(out: number, input: number, key: number, constant: number): number;
    _crypto_stream_salsa20_xor_ic(
      out: number,
      message: number,
      size: number,
      sizeHigh: number,
      nonce: number,
      block: number,
      blockHigh: number,
      key: number,
    ): number;
    _crypto_onetimeauth(
      tag: number,
      message: number,
      size: number,
      sizeHigh: number,
      key: number,
    ): number;
    _crypto_onetimeauth_verify(
      tag: number,
      message: number,
      size: number,
      sizeHigh: number,
      key: number,
    ): number;
    _crypto_onetimeauth_statebytes(): number;
    _crypto_onetimeauth_init(state: number, key: number): number;
    _crypto_onetimeauth_update(
      state: number,
      message: number,
      size: number,
      sizeHigh: number,
    ): number;
    _crypto_onetimeauth_final(state: number, tag: number): number;
    _crypto_secretbox_easy(
      box: number,
      message: number,
      size: number,
      sizeHigh: number,
      nonce: number,
      key: number,
    ): number;
  };

  /** Compiles and starts the module. */
  export default function makeSodium(): Promise<Sodium>;
}
