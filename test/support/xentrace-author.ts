/** Writes xentrace files record by record, as Xen and xentrace would. */

/** One record: time in cycles (undefined: without one), the number of its event, its words. */
export interface AuthoredRecord {
  readonly time: number | bigint | undefined;
  readonly event: number;
  readonly words: readonly number[];
}

export const record = (time: AuthoredRecord['time'], event: number, ...words: readonly number[]): AuthoredRecord => ({
  time,
  event,
  words,
});

const HEADER_WORDS = 1;
const TIME_WORDS = 2;

function recordWords({ time, event, words }: AuthoredRecord): number[] {
  const header = (event | (words.length << 28) | (time === undefined ? 0 : 1 << 31)) >>> 0;
  if (time === undefined) return [header, ...words];
  const cycles = BigInt(time);
  return [header, Number(cycles & 0xffff_ffffn), Number(cycles >> 32n), ...words];
}

/** A window of one pCPU. */
export function windowWords(pcpu: number, records: readonly AuthoredRecord[]): number[] {
  const words = records.flatMap(recordWords);
  return [0x2001f003, pcpu, words.length * 4, ...words];
}

export const bytesOf = (words: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);

/** A file of windows, in this order. */
export const xentraceFile = (
  windows: readonly (readonly [pcpu: number, records: readonly AuthoredRecord[]])[],
): Uint8Array => bytesOf(windows.flatMap(([pcpu, records]) => windowWords(pcpu, records)));

export const bytesOfRecord = ({ time, words }: AuthoredRecord): number =>
  4 * (HEADER_WORDS + (time === undefined ? 0 : TIME_WORDS) + words.length);

/** The states of vCPUs, and records of a vCPU that changes its own. */
export const State = { running: 0, runnable: 1, blocked: 2, offline: 3 } as const;
export const IDLE = 0x7fff;

export const change = (time: number, domain: number, vcpu: number, from: number, to: number): AuthoredRecord =>
  record(time, 0x21001 | (from << 8) | (to << 4), (domain << 16) | vcpu);
export const vmentry = (time: number): AuthoredRecord => record(time, 0x81001);
export const vmexit = (time: number, code: number, rip = 0x1000): AuthoredRecord => record(time, 0x81102, code, rip, 0);
