import { describe, expect, test } from 'vitest';
import { PERF_EXIT_NAMES } from '../../../src/hypervisors/kvm/perf-exit-names.js';
import {
  PERF_EVENTS,
  type PerfEvent,
  PerfKvmStat,
  type PerfKvmStatOptions,
  perfVocabulary,
} from '../../../src/hypervisors/kvm/perf-kvm-stat.js';
import { KVM_CATALOG, kindOf, type TracepointName } from '../../../src/hypervisors/kvm/tracepoints.js';
import { BATCH_ROWS, FIELD_SLOTS, RecordBatch } from '../../../src/recording/record-batch.js';

/** [time in nanoseconds, thread, tracepoint, fields]. */
type Line = readonly [number, number, TracepointName, Readonly<Record<string, number>>?];

function append(batch: RecordBatch, [time, thread, event, fields = {}]: Line): void {
  const row = batch.count++;
  batch.time[row] = time;
  batch.thread[row] = thread;
  batch.kind[row] = kindOf(event);
  let slot = row * FIELD_SLOTS;
  batch.fields.fill(NaN, slot, slot + FIELD_SLOTS);
  for (const { name, type } of KVM_CATALOG[kindOf(event) - 1].fields) {
    batch.fields[slot] = fields[name] ?? NaN;
    slot += type === 'u64' ? 2 : 1;
  }
}

function collect(options: Partial<PerfKvmStatOptions> & { event: PerfEvent }, lines: Iterable<Line>): PerfKvmStat {
  const stat = new PerfKvmStat({ vocabulary: 'svm', ...options });
  const batch = new RecordBatch();
  for (const line of lines) {
    append(batch, line);
    if (batch.count < BATCH_ROWS) continue;
    stat.add(batch);
    batch.count = 0;
  }
  stat.add(batch);
  return stat;
}

/** The lines of the table between head and totals. */
const rows = (stat: PerfKvmStat): string[] => stat.report().split('\n').slice(6, -4);
const totals = (stat: PerfKvmStat): string | undefined => stat.report().split('\n').at(-3);
/** The decoded keys of the table, from top to bottom. */
const keys = (stat: PerfKvmStat): string[] => rows(stat).map((line) => line.slice(0, 20).trimStart());

const HLT = 0x78;
const CPUID = 0x72;
const entry = (time: number, thread = 1, vcpu = 0): Line => [time, thread, 'kvm_entry', { vcpu_id: vcpu }];
const exit = (time: number, reason: number, thread = 1): Line => [time, thread, 'kvm_exit', { exit_reason: reason }];
const mmio = (time: number, gpa: number, type: number): Line => [time, 1, 'kvm_mmio', { gpa, type }];
const pio = (time: number, port: number, rw: number): Line => [time, 1, 'kvm_pio', { port, rw }];
const msr = (time: number, ecx: number, write: number): Line => [time, 1, 'kvm_msr', { ecx, write }];

describe('pairing', () => {
  test('a thread counts from its first entry on', () => {
    const stat = collect({ event: 'vmexit' }, [exit(0, CPUID), entry(10), exit(20, HLT), entry(3020)]);
    expect(rows(stat)).toEqual([
      '                 hlt          1   100.00%   100.00%      3.00us      3.00us      3.00us ( +-   0.00% )',
    ]);
  });

  test('an interval may begin at time 0', () => {
    const stat = collect({ event: 'vmexit' }, [entry(0), exit(0, HLT), entry(1000)]);
    expect(totals(stat)).toBe('Total Samples:1, Total events handled time:1.00us.');
  });

  test('a second begin replaces the first, an end without begin is passed over', () => {
    const lines = [entry(0), exit(1000, CPUID), exit(5000, HLT), entry(6000), entry(9000)];
    const stat = collect({ event: 'vmexit' }, lines);
    expect(keys(stat)).toEqual(['hlt']);
    expect(totals(stat)).toBe('Total Samples:1, Total events handled time:1.00us.');
  });

  test('threads do not mix', () => {
    const lines = [entry(0, 1), entry(0, 2), exit(1000, HLT, 1), exit(2000, CPUID, 2), entry(4000, 2), entry(9000, 1)];
    const stat = collect({ event: 'vmexit' }, lines);
    expect(rows(stat).map((line) => line.trim().split(/ +/).slice(0, 6).join(' '))).toEqual([
      'cpuid 1 50.00% 20.00% 2.00us 2.00us',
      'hlt 1 50.00% 80.00% 8.00us 8.00us',
    ]);
  });

  test('a read is timed from the exit, a write to the entry', () => {
    const reads = [exit(1000, 0x400), mmio(4000, 0xfee00000, 0), mmio(5000, 0xfee00000, 1), entry(6000)];
    const writes = [exit(7000, 0x400), mmio(8000, 0xfebfb014, 2), entry(8500)];
    expect(rows(collect({ event: 'mmio' }, [entry(0), ...reads, ...writes]))).toEqual([
      '        0xfee00000:R          1    50.00%    88.89%      4.00us      4.00us      4.00us ( +-   0.00% )',
      '        0xfebfb014:W          1    50.00%    11.11%      0.50us      0.50us      0.50us ( +-   0.00% )',
    ]);
  });

  test('an entry does not close an interval that has no key yet', () => {
    const stat = collect({ event: 'mmio' }, [entry(0), exit(1000, HLT), entry(2000), mmio(7000, 0x1000, 1)]);
    expect(totals(stat)).toBe('Total Samples:1, Total events handled time:6.00us.');
  });

  test('--vcpu selects by the number of the first entry of a thread and knows no minimum', () => {
    const lines = [
      entry(0, 1, 0),
      entry(0, 2, 1),
      exit(500, HLT, 1),
      exit(500, HLT, 2),
      entry(1500, 1),
      entry(4500, 2),
    ];
    const stat = collect({ event: 'vmexit', vcpu: 1 }, lines);
    expect(stat.report()).toContain('Analyze events for all VMs, VCPU 1:');
    expect(rows(stat)).toEqual([
      '                 hlt          1   100.00%   100.00%      0.00us      4.00us      4.00us ( +-   0.00% )',
    ]);
  });

  test('a field that the recording lacks is 0', () => {
    const lines: Line[] = [entry(0), [1000, 1, 'kvm_exit'], entry(2000)];
    expect(keys(collect({ event: 'vmexit' }, lines))).toEqual(['read_cr0']);
  });
});

describe('table', () => {
  test('without samples', () => {
    expect(collect({ event: 'ioport' }, []).report()).toBe(
      [
        '\n\nAnalyze events for all VMs, all VCPUs:\n\n',
        '      IO Port Access    Samples  Samples%     Time%    Min Time    Max Time         Avg time \n\n',
        '\nTotal Samples:0, Total events handled time:0.00us.\n\n',
      ].join(''),
    );
  });

  test('rounds ties to the even digit, as C does', () => {
    const durations = [125, 375, 625, 875, 12_345_125];
    const printed = durations.map((duration) => {
      const stat = collect({ event: 'vmexit' }, [entry(0), exit(1, HLT), entry(1 + duration)]);
      return /handled time:(.*)us/.exec(stat.report())?.[1];
    });
    expect(printed).toEqual(['0.12', '0.38', '0.62', '0.88', '12345.12']);
  });

  test('prints 0/0 as C does on x86', () => {
    expect(rows(collect({ event: 'vmexit' }, [entry(0), exit(5, HLT), entry(5)]))).toEqual([
      '                 hlt          1   100.00%     -nan%      0.00us      0.00us      0.00us ( +-   0.00% )',
    ]);
  });

  test('±: the standard error of the mean', () => {
    const lines = [entry(0), exit(0, HLT), entry(1000), exit(2000, HLT), entry(5000)];
    // Mean 2 µs, standard deviation √2 µs, two samples: √2 / √2 / 2.
    expect(rows(collect({ event: 'vmexit' }, lines))[0]).toMatch(/ 2\.00us \( \+- {2}50\.00% \)$/);
  });

  test('equal samples: by bucket, within a bucket the newest first; more samples before all', () => {
    const ports = [0x3008, 0x1008, 0x2008, 0x1007, 0x5009, 0x5009];
    const lines = ports.flatMap((port, i): Line[] => [pio(i * 10, port, 1), entry(i * 10 + 5)]);
    const stat = collect({ event: 'ioport' }, [entry(0), ...lines]);
    expect(keys(stat)).toEqual(['0x5009:POUT', '0x1007:POUT', '0x2008:POUT', '0x1008:POUT', '0x3008:POUT']);
  });

  test('directions are rows of their own; 0 has no prefix', () => {
    const ports = [entry(0), pio(1, 0, 0), entry(2), pio(3, 0, 1), entry(4)];
    expect(keys(collect({ event: 'ioport' }, ports))).toEqual(['0:POUT', '0:PIN']);
    const registers = [entry(0), msr(1, 0x6e0, 1), entry(2), msr(3, 0x1b, 0), entry(4)];
    expect(keys(collect({ event: 'msr' }, registers))).toEqual(['0x1b:R', '0x6e0:W']);
  });

  test('names by vocabulary, cut to 19 characters; unknown codes stay rows of their own', () => {
    const lines = [0x402, 0x1234, 0x1235].flatMap((code, i): Line[] => [exit(10 * i + 1, code), entry(10 * i + 5)]);
    const svm = collect({ event: 'vmexit' }, [entry(0), ...lines]);
    expect(keys(svm)).toEqual(['UNKNOWN', 'UNKNOWN', 'avic_unaccelerated_']);
    const vmx = collect({ event: 'vmexit', vocabulary: 'vmx' }, [entry(0), exit(1, 48), entry(2)]);
    expect(keys(vmx)).toEqual(['EPT_VIOLATION']);
  });

  test('addresses of 64 bits are cut as well', () => {
    const lines = [entry(0), exit(1, 0x400), mmio(2, 2 ** 60, 1)];
    expect(keys(collect({ event: 'mmio' }, lines))).toEqual(['0x1000000000000000:']);
  });
});

test('a forged file with endless keys takes bounded memory, and what is left out is counted', () => {
  const distinct = (1 << 18) + 3;
  const forged = function* (): Generator<Line> {
    yield entry(0);
    for (let i = 0; i < distinct; i++) {
      yield msr(i, i, 0);
      yield entry(i);
    }
  };
  const stat = collect({ event: 'msr' }, forged());
  expect(rows(stat)).toHaveLength(1 << 18);
  expect(stat.leftOut).toBe(3);
});

test('the vocabulary follows from the CPU', () => {
  expect(perfVocabulary({ cpuid: 'GenuineIntel,6,85,7' })).toBe('vmx');
  expect(perfVocabulary({ cpuid: 'AuthenticAMD,23,1,2' })).toBe('svm');
  expect(perfVocabulary({ cpuid: 'HygonGenuine,24,0,1' })).toBe('svm');
  expect(perfVocabulary({ cpuid: '0x00000000000f0510' })).toBeUndefined();
  expect(PERF_EVENTS).toEqual(['vmexit', 'mmio', 'ioport', 'msr']);
});

test('exactly the codes that perf 6.1 knows have names', () => {
  // Counted in perf 6.1.192; of its 108 SVM codes, -1 can never be met.
  expect(PERF_EXIT_NAMES.vmx.size).toBe(62);
  expect(PERF_EXIT_NAMES.svm.size).toBe(107);
  expect(PERF_EXIT_NAMES.vmx.get(75)).toBe('NOTIFY');
  expect(PERF_EXIT_NAMES.svm.get(0x8e)).toBeUndefined();
});
