/**
 * The table of `perf kvm stat report`, to the byte, from the records of a perf.data file.
 *
 * It exists so that our numbers can be checked against the tool that people know. What perf measures here, and why
 * the ledger says something else, is told in docs/differences-to-perf.md. Followed is perf 6.1 on x86 and arm64; the
 * rules and the order of the floating-point operations are those of its builtin-kvm.c, kvm-stat.c and stat.c. On arm64
 * the interval of an exit is the time in the guest before it.
 *
 * Left out, because they are not part of the table: perf's warnings about lost chunks or its own decoding, and the
 * line `unknown kvm exit code:…` that it logs for every row named UNKNOWN.
 */
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { HostFacts } from '../../recording/recording.js';
import { Return } from './arm64/exit-reasons.js';
import { Vocabulary, vocabularyOfHost } from './exit-reasons.js';
import { isArm64 } from './host-architecture.js';
import { PERF_EXIT_NAMES, PERF_RETURN_NAMES, PERF_TRAP_NAMES, type PerfVocabulary } from './perf-exit-names.js';
import { kindOf, slotOf } from './tracepoints.js';

/** What perf's option --event takes on x86; on arm64 it takes the first alone. */
export const PERF_EVENTS = ['vmexit', 'mmio', 'ioport', 'msr'] as const;
export type PerfEvent = (typeof PERF_EVENTS)[number];

export interface PerfKvmStatOptions {
  readonly event: PerfEvent;
  /** As perf's --vcpu: only vCPUs of this number, of whatever guest. */
  readonly vcpu?: number;
  readonly vocabulary: PerfVocabulary;
}

/** The vocabulary perf derives from the recorded CPU; undefined where perf refuses the file. */
export function perfVocabulary(host: HostFacts): PerfVocabulary | undefined {
  // perf knows what it is from where it runs itself.
  if (isArm64(host)) return 'arm64';
  const vocabulary = vocabularyOfHost({ cpuid: host.cpuid ?? '' });
  if (vocabulary === Vocabulary.Vmx) return 'vmx';
  return vocabulary === Vocabulary.Svm ? 'svm' : undefined;
}

/** Whether perf has this --event there. */
export const hasPerfEvent = (vocabulary: PerfVocabulary, event: PerfEvent): boolean =>
  vocabulary !== 'arm64' || event === 'vmexit';

/** Distinct rows and threads kept. Real recordings have tens; a forged file could ask for all memory. */
const MAX_ROWS = 1 << 18;
const MAX_THREADS = 1 << 22;

/** perf keeps its rows in a hash table of so many buckets, which shows in the order of rows with equal samples. */
const BUCKET_MASK = 4095;
/** perf decodes a key into so many bytes, the last of which is the terminator. */
const DECODE_LENGTH = 20;
const NS_PER_US = 1000;

/** Values of kvm_mmio's field `type`; 0 is a read whose data is not there yet. */
const MMIO_READ = 1;
const MMIO_WRITE = 2;

const ENTRY = kindOf('kvm_entry');
const EXIT = kindOf('kvm_exit');
const ARM64_EXIT = kindOf('kvm_exit@esr_ec');
const ARM64_RETURN = slotOf('kvm_exit@esr_ec', 'ret');
const ARM64_CLASS = slotOf('kvm_exit@esr_ec', 'esr_ec');
const VCPU_SLOT = slotOf('kvm_entry', 'vcpu_id');

/** How one --event finds its rows: the record that names a row, and the fields that tell rows apart. */
interface EventRules {
  readonly title: string;
  readonly kind: number;
  readonly keySlot: number;
  /** The second part of the key: the direction of an access; undefined where there is none. */
  readonly infoSlot?: number;
  keyText(row: Row, vocabulary: PerfVocabulary): string;
}

const RULES: Readonly<Record<PerfEvent, EventRules>> = {
  vmexit: {
    title: 'VM-EXIT',
    kind: EXIT,
    keySlot: slotOf('kvm_exit', 'exit_reason'),
    keyText: (row, vocabulary) =>
      (vocabulary === 'arm64' ? arm64Names(row) : PERF_EXIT_NAMES[vocabulary]).get(row.key) ?? 'UNKNOWN',
  },
  mmio: {
    title: 'MMIO Access',
    kind: kindOf('kvm_mmio'),
    keySlot: slotOf('kvm_mmio', 'gpa'),
    infoSlot: slotOf('kvm_mmio', 'type'),
    keyText: (row) => `${hexadecimal(row.key)}:${row.info === MMIO_WRITE ? 'W' : 'R'}`,
  },
  ioport: {
    title: 'IO Port Access',
    kind: kindOf('kvm_pio'),
    keySlot: slotOf('kvm_pio', 'port'),
    infoSlot: slotOf('kvm_pio', 'rw'),
    keyText: (row) => `${hexadecimal(row.key)}:${row.info === 0 ? 'PIN' : 'POUT'}`,
  },
  msr: {
    title: 'MSR Access',
    kind: kindOf('kvm_msr'),
    keySlot: slotOf('kvm_msr', 'ecx'),
    infoSlot: slotOf('kvm_msr', 'write'),
    keyText: (row) => `${hexadecimal(row.key)}:${row.info === 0 ? 'R' : 'W'}`,
  },
};

/** A class of traps and a return of the same number are one row to perf, with the name of what came first. */
const arm64Names = ({ isTrap }: Row): ReadonlyMap<number, string> => (isTrap ? PERF_TRAP_NAMES : PERF_RETURN_NAMES);

/** Collects what one `perf kvm stat report` would show: feed it every batch in order, then ask for the report. */
export class PerfKvmStat {
  readonly #options: PerfKvmStatOptions;
  readonly #rules: EventRules;
  readonly #threads = new Map<number, VcpuThread>();
  /** By info, then by key. */
  readonly #rowsByInfo = new Map<number, Map<number, Row>>();
  /** In the order in which they were first met. */
  readonly #rows: Row[] = [];
  /** Takes what has no room among the rows. */
  readonly #surplus: Row;
  #refusedThreads = 0;

  constructor(options: PerfKvmStatOptions) {
    this.#options = options;
    this.#rules = RULES[options.event];
    this.#surplus = this.#newRow(NaN, NaN, false);
  }

  /** Records that are not of the x86 KVM tracepoints perf looks at are passed over. */
  add(batch: RecordBatch): void {
    if (this.#options.vocabulary === 'arm64') this.#addGuestTimes(batch);
    else this.#addX86(batch);
  }

  /** From the entry to the exit, which says what row it was. */
  #addGuestTimes(batch: RecordBatch): void {
    const { kind, time, thread } = batch;
    for (let index = 0; index < batch.count; index++) {
      if (kind[index] !== ENTRY && kind[index] !== ARM64_EXIT) continue;
      const state = this.#stateOf(thread[index], batch, index);
      if (state === undefined || (this.#options.vcpu !== undefined && this.#options.vcpu !== state.vcpu)) continue;
      if (kind[index] === ENTRY) begin(state, time[index], undefined);
      else this.#end(state, time[index], this.#rowOfTrap(batch, index));
    }
  }

  #addX86(batch: RecordBatch): void {
    const { kind, time, thread } = batch;
    const isMmio = this.#options.event === 'mmio';
    for (let index = 0; index < batch.count; index++) {
      const recordKind = kind[index];
      if (recordKind !== ENTRY && recordKind !== EXIT && recordKind !== this.#rules.kind) continue;
      const state = this.#stateOf(thread[index], batch, index);
      if (state === undefined) continue;
      if (this.#options.vcpu !== undefined && this.#options.vcpu !== state.vcpu) continue;
      const now = time[index];
      if (recordKind === ENTRY) this.#end(state, now, undefined);
      else if (isMmio) this.#mmio(state, now, batch, index);
      else if (recordKind === this.#rules.kind) begin(state, now, this.#rowOf(batch, index));
    }
  }

  /**
   * Intervals and first entries of threads that found no room, and are not in the report: 0 unless a recording
   * has more distinct keys or threads than any real machine.
   */
  get leftOut(): number {
    return this.#surplus.samples + this.#refusedThreads;
  }

  /** What perf 6.1 writes to its standard error. */
  report(): string {
    const rows = this.#inPerfOrder();
    let samples = 0;
    let timeNs = 0;
    for (const row of rows) {
      samples += row.samples;
      timeNs += row.timeNs;
    }
    const { vcpu } = this.#options;
    return [
      `\n\nAnalyze events for all VMs, ${vcpu === undefined ? 'all VCPUs' : `VCPU ${vcpu}`}:\n\n`,
      headLine(this.#rules.title),
      '\n\n',
      ...rows.map((row) => `${this.#line(row, samples, timeNs)}\n`),
      `\nTotal Samples:${samples}, Total events handled time:${twoDecimals(timeNs / NS_PER_US)}us.\n\n`,
    ].join('');
  }

  /** perf knows a thread from its first kvm_entry on; whatever the thread did before is not counted. */
  #stateOf(thread: number, batch: RecordBatch, index: number): VcpuThread | undefined {
    const known = this.#threads.get(thread);
    if (known !== undefined || batch.kind[index] !== ENTRY) return known;
    if (this.#threads.size >= MAX_THREADS) {
      this.#refusedThreads++;
      return undefined;
    }
    const state: VcpuThread = { vcpu: field(batch, index, VCPU_SLOT), begun: false, beginNs: 0, row: undefined };
    this.#threads.set(thread, state);
    return state;
  }

  /** A write is timed from kvm_mmio to the entry, a read from the exit to kvm_mmio. */
  #mmio(state: VcpuThread, now: number, batch: RecordBatch, index: number): void {
    if (batch.kind[index] === EXIT) {
      begin(state, now, undefined);
      return;
    }
    const type = field(batch, index, this.#rules.infoSlot!);
    if (type === MMIO_WRITE) begin(state, now, this.#rowOf(batch, index));
    else if (type === MMIO_READ) this.#end(state, now, this.#rowOf(batch, index));
  }

  /** `row` is for intervals whose begin did not tell what they are. Without any row the interval stays open. */
  #end(state: VcpuThread, now: number, row: Row | undefined): void {
    const target = state.row ?? row;
    if (!state.begun || target === undefined) return;
    state.begun = false;
    state.row = undefined;
    if (now >= state.beginNs) addSample(target, now - state.beginNs);
  }

  #rowOf(batch: RecordBatch, index: number): Row {
    const { keySlot, infoSlot } = this.#rules;
    const key = field(batch, index, keySlot);
    const info = infoSlot === undefined ? 0 : field(batch, index, infoSlot);
    return this.#rowOfKey(key, info, false);
  }

  #rowOfTrap(batch: RecordBatch, index: number): Row {
    const returned = field(batch, index, ARM64_RETURN);
    const isTrap = returned === Return.Trap;
    return this.#rowOfKey(isTrap ? field(batch, index, ARM64_CLASS) : returned, 0, isTrap);
  }

  #rowOfKey(key: number, info: number, isTrap: boolean): Row {
    let rowsByKey = this.#rowsByInfo.get(info);
    const known = rowsByKey?.get(key);
    if (known !== undefined) return known;
    if (this.#rows.length >= MAX_ROWS) return this.#surplus;
    const row = this.#newRow(key, info, isTrap);
    this.#rows.push(row);
    rowsByKey ??= new Map();
    rowsByKey.set(key, row);
    this.#rowsByInfo.set(info, rowsByKey);
    return row;
  }

  /** With --vcpu perf starts its minimum at 0 instead of at infinity, so it always prints 0.00us there. */
  #newRow(key: number, info: number, isTrap: boolean): Row {
    const minNs = this.#options.vcpu === undefined ? Infinity : 0;
    return { key, info, isTrap, samples: 0, timeNs: 0, minNs, maxNs: 0, mean: 0, squares: 0 };
  }

  /**
   * Most samples first. Rows with equal samples: in the order of their hash buckets, and within a bucket the row
   * met last comes first.
   */
  #inPerfOrder(): Row[] {
    const bucket = (row: Row) => row.key & BUCKET_MASK;
    return this.#rows
      .filter((row) => row.samples > 0)
      .reverse()
      .sort((a, b) => b.samples - a.samples || bucket(a) - bucket(b));
  }

  #line(row: Row, samples: number, timeNs: number): string {
    const text = this.#rules.keyText(row, this.#options.vocabulary).slice(0, DECODE_LENGTH - 1);
    const average = row.timeNs / row.samples / NS_PER_US;
    return [
      text.padStart(DECODE_LENGTH),
      String(row.samples).padStart(10),
      `${twoDecimals((row.samples / samples) * 100).padStart(8)}%`,
      `${twoDecimals((row.timeNs / timeNs) * 100).padStart(8)}%`,
      `${twoDecimals(row.minNs / NS_PER_US).padStart(9)}us`,
      `${twoDecimals(row.maxNs / NS_PER_US).padStart(9)}us`,
      `${twoDecimals(average).padStart(9)}us ( +-${twoDecimals(relativeError(row)).padStart(7)}% )`,
    ].join(' ');
  }
}

/** What perf knows of a host thread that runs a vCPU. */
interface VcpuThread {
  readonly vcpu: number;
  begun: boolean;
  beginNs: number;
  /** The row the open interval will be booked to; undefined where only its end will tell. */
  row: Row | undefined;
}

/** A line of the table. Times in nanoseconds. */
interface Row {
  readonly key: number;
  readonly info: number;
  /** On arm64: the key is an exception class. */
  readonly isTrap: boolean;
  samples: number;
  timeNs: number;
  minNs: number;
  maxNs: number;
  /** Running mean, and running sum of squared distances from it (Welford). */
  mean: number;
  squares: number;
}

/** A begin without an end is forgotten at the next begin, as in perf. */
function begin(state: VcpuThread, now: number, row: Row | undefined): void {
  state.begun = true;
  state.beginNs = now;
  state.row = row;
}

function addSample(row: Row, durationNs: number): void {
  row.samples++;
  row.timeNs += durationNs;
  const distance = durationNs - row.mean;
  row.mean += distance / row.samples;
  row.squares += distance * (durationNs - row.mean);
  if (durationNs > row.maxNs) row.maxNs = durationNs;
  if (durationNs < row.minNs) row.minNs = durationNs;
}

/** Standard error of the mean, in percent of the mean. */
function relativeError({ samples, mean, squares }: Row): number {
  if (samples < 2 || mean === 0) return 0;
  return (100 * Math.sqrt(squares / (samples - 1) / samples)) / mean;
}

const COLUMNS: readonly (readonly [string, number])[] = [
  ['Samples', 10],
  ['Samples%', 9],
  ['Time%', 9],
  ['Min Time', 11],
  ['Max Time', 11],
  ['Avg time', 16],
];

function headLine(title: string): string {
  return [title.padStart(DECODE_LENGTH), ...COLUMNS.map(([name, width]) => name.padStart(width)), ''].join(' ');
}

/** C's %#llx: no prefix for 0. */
function hexadecimal(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`;
}

/**
 * C's %.2f of a number ≥ 0. Both languages round the exact binary value, but a tie goes to the even digit in C and
 * up in toFixed. Ties are the odd multiples of 1/8; every second of them differs. 0/0 is a negative NaN on x86.
 */
function twoDecimals(value: number): string {
  if (Number.isNaN(value)) return '-nan';
  const isTieToLower = (value * 8) % 4 === 1;
  return (isTieToLower ? value - 0.001 : value).toFixed(2);
}

/** A field as a number; perf reads a field that the recording lacks as 0. */
function field(batch: RecordBatch, index: number, slot: number): number {
  return batch.fields[index * FIELD_SLOTS + slot] || 0;
}
