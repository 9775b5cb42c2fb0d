/** perf.data files with the three kinds of events that the tests need: a kvm_exit, a sched_waking, and one that nobody wants. */
import { ByteWriter } from './byte-writer.js';
import { PerfDataWriter, type SyntheticEvent } from './perf-data-writer.js';

const COMMON = [
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
];
const formatText = (name: string, id: number, fields: readonly string[]): string =>
  `name: ${name}\nID: ${id}\nformat:\n${[...COMMON, ...fields].join('\n')}\n\nprint fmt: ""\n`;
export const EXIT = 1482;
export const WAKING = 315;
export const FORMATS = new Map([
  [
    'kvm',
    [
      formatText('kvm_exit', EXIT, [
        '\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;',
        '\tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;',
      ]),
    ],
  ],
  [
    'sched',
    [
      formatText('sched_waking', WAKING, [
        '\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;',
        '\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;',
        '\tfield:int target_cpu;\toffset:28;\tsize:4;\tsigned:1;',
      ]),
    ],
  ],
]);
export const EXIT_ID = 1000;
export const WAKING_ID = 1001;
export const CYCLES_ID = 1002;
export const EVENTS: readonly SyntheticEvent[] = [
  { config: EXIT, ids: [EXIT_ID] },
  { config: WAKING, ids: [WAKING_ID] },
  { type: 0, config: 0, ids: [CYCLES_ID] },
];
export const START = 0x2_ffff_ff00n;
export const RIP = 0xffff_ffff_8100_0123n;

/** A file with one record of each kind that counts. */
export class Author extends PerfDataWriter {
  constructor(littleEndian = true, events = EVENTS) {
    super(littleEndian, events, FORMATS);
  }

  exitRecord(after: number, cpu: number, reason = 0): Uint8Array {
    const raw = new ByteWriter(this.littleEndian).u16(EXIT).zeros(6).u32(reason).u32(0).u64(RIP).finish();
    return this.sampleRecord({ id: EXIT_ID, time: START + BigInt(after), cpu, raw });
  }

  exit(after: number, cpu = 0, reason = 0): this {
    return this.add(this.exitRecord(after, cpu, reason));
  }

  waking(after: number, cpu: number, pid: number, name: string): this {
    const raw = new ByteWriter(this.littleEndian).u16(WAKING).zeros(6).text(name.padEnd(16, '\0')).u32(pid).u32(3);
    return this.sample({ id: WAKING_ID, time: START + BigInt(after), cpu, pid: -1, tid: -1, raw: raw.finish() });
  }
}
