/** Files that were packed: recordings are often handed on so, and none of the formats is. */
import type { ByteSource } from '../base/byte-source.js';
import type { Issue } from '../base/issue.js';

interface Packing {
  readonly name: string;
  /** The first bytes. */
  readonly magic: readonly number[];
  /** Unpacks standard input to standard output. */
  readonly command: string;
}

/** Magic numbers: RFC 1952, xz-file-format 1.2.1, RFC 8878; bzip2 begins with "BZh" and its level. */
const PACKINGS: readonly Packing[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], command: 'gzip -dc' },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], command: 'xz -dc' },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: 'zstd -dc' },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], command: 'bzip2 -dc' },
];

/** The issue of a packed input; undefined for any other. */
export function packedInput(source: ByteSource, head: Uint8Array): Issue | undefined {
  const packing = PACKINGS.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
  if (packing === undefined) return undefined;
  return {
    code: 'packed-input',
    severity: 'error',
    message: `${source.name} is packed with ${packing.name}`,
    source: source.name,
    hint: `Unpack it first: ${packing.command} < FILE > UNPACKED, then give UNPACKED.`,
  };
}
