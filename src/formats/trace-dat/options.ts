/** The options of a trace.dat file. Each is an identifier, a size and so many bytes; unknown ones are passed over. */
import { MemorySource } from '../../base/byte-source.js';
import { SourceCursor } from './source-cursor.js';
import type { Options } from './trace-file.js';

/** Identifiers: trace-cmd.dat.v7(5). */
export const OptionId = {
  Done: 0,
  CpuStat: 2,
  Buffer: 3,
  TraceClock: 4,
  Uname: 5,
  Offset: 7,
  CpuCount: 8,
  Version: 9,
  TimeShift: 12,
  Guest: 13,
  CyclesToNanoseconds: 14,
  HeaderInfo: 16,
  FtraceEvents: 17,
  EventFormats: 18,
  CommandLines: 21,
  BufferText: 22,
} as const;

/** Options are short; the largest are the memory maps of traced processes, which nobody reads here. */
const LARGEST_OPTION = 64 * 1024 * 1024;
/** Above this, shifting a product of 64 and 32 bits leaves nothing. */
const LARGEST_SHIFT = 32;
const UTF8 = new TextDecoder();

export const emptyOptions = (): Options => ({ timeOffset: 0n, hasTimeShift: false, guests: [], cpuStats: [] });

/** One option, as its bytes. */
export interface RawOption {
  readonly id: number;
  readonly data: Uint8Array;
}

/** The next option; undefined at the end of the input. `Done` has no size and no data in version 6. */
export async function readOption(cursor: SourceCursor, doneHasData: boolean): Promise<RawOption | undefined> {
  const id = await cursor.u16();
  if (cursor.ended) return undefined;
  if (id === OptionId.Done && !doneHasData) return { id, data: new Uint8Array(0) };
  const size = await cursor.u32();
  const data = await cursor.bytes(size <= LARGEST_OPTION ? size : Infinity);
  return cursor.ended ? undefined : { id, data };
}

/** Takes over what the option says, if it is one of those that both versions have. */
export async function applyOption(option: RawOption, littleEndian: boolean, options: Options): Promise<void> {
  const cursor = optionCursor(option, littleEndian);
  switch (option.id) {
    case OptionId.CpuStat:
      options.cpuStats.push(optionText(option));
      break;
    case OptionId.TraceClock:
      options.clock = selectedClock(optionText(option)) ?? options.clock;
      break;
    case OptionId.Uname:
      options.uname = optionText(option);
      break;
    case OptionId.Version:
      options.recorderVersion = optionText(option);
      break;
    case OptionId.Offset:
      options.timeOffset += parseOffset(optionText(option));
      break;
    case OptionId.CpuCount:
      options.cpuCount = await cursor.u32();
      break;
    case OptionId.TimeShift:
      // The identifier of the peer, flags, and the number of CPUs come first; shorter ones are ignored by trace-cmd too.
      if (option.data.length >= 16) options.hasTimeShift = true;
      break;
    case OptionId.Guest:
      await readGuest(cursor, options);
      break;
    case OptionId.CyclesToNanoseconds: {
      const multiplier = await cursor.u32();
      const shift = await cursor.u32();
      const offset = BigInt.asIntN(64, await cursor.bigU64());
      if (!cursor.ended && multiplier > 0 && shift <= LARGEST_SHIFT) options.cycles = { multiplier, shift, offset };
      break;
    }
    default:
  }
}

export const optionCursor = (option: RawOption, littleEndian: boolean): SourceCursor =>
  new SourceCursor(new MemorySource(option.data), 0, littleEndian);

/** The clock in brackets, as in "local [mono] boot"; a text of one word is a clock too. */
export function selectedClock(text: string): string | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const selected = words.find((word) => word.startsWith('['));
  if (selected !== undefined) return selected.replaceAll(/[[\]]/g, '');
  return words.length === 1 ? words[0] : undefined;
}

/** The text up to its NUL. */
function optionText(option: RawOption): string {
  const end = option.data.indexOf(0);
  return UTF8.decode(end < 0 ? option.data : option.data.subarray(0, end)).trim();
}

/** Decimal, or hexadecimal after 0x, with a sign; anything else counts as zero. */
function parseOffset(text: string): bigint {
  const match = /^([+-]?)(0x[0-9a-f]{1,16}|\d{1,19})/i.exec(text);
  if (match === null) return 0n;
  return match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2]);
}

async function readGuest(cursor: SourceCursor, options: Options): Promise<void> {
  const name = await cursor.string();
  await cursor.u64(); // identifier of the guest's own recording
  const count = await cursor.u32();
  const vcpuThreads: { vcpu: number; thread: number }[] = [];
  for (let index = 0; index < count && !cursor.ended; index++) {
    const vcpu = await cursor.u32();
    const thread = await cursor.u32();
    if (!cursor.ended) vcpuThreads.push({ vcpu, thread });
  }
  if (name !== '' || vcpuThreads.length > 0) options.guests.push({ name, vcpuThreads });
}
