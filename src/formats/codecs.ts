/**
 * Decompression is handed in: Node, browser and tests have different means.
 * No decoder may produce more than the size it is asked for.
 */
export interface Codecs {
  /** To be awaited before `inflate` or `zstd` is used: some decoders must be loaded first. */
  prepare(compression: 'zlib' | 'zstd'): Promise<void>;
  /** Decompresses one whole zlib block; throws on damage or where the result is not exactly `size` bytes. */
  inflate(data: Uint8Array, size: number): Uint8Array;
  /** Decompresses one whole zstd frame; throws on damage or where the result is not exactly `size` bytes. */
  zstd(data: Uint8Array, size: number): Uint8Array;
  /** A zstd stream that is fed piece by piece; each call returns what became available, at most `limit` bytes, or throws. */
  zstdStream(): { push(data: Uint8Array, limit: number): Uint8Array };
}
