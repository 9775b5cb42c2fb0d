/** What the tests of sysbench print, and how they are told apart: sysbench does not print their names. */
import type { Better, Role } from '../model.js';
import { parseNumber } from './lines.js';

/** One run: everything from a line with the program's version to the next such line. */
export interface Section {
  readonly version: string;
  readonly text: string;
  readonly threads: string;
  readonly seconds: number;
  readonly events: number;
}

export interface SysbenchMeasurement {
  readonly metric: string;
  readonly value: number | undefined;
  readonly unit: string;
  readonly better: Better;
  readonly role: Role;
  /** By what sysbench rounds it, in `unit`. */
  readonly step?: number;
}

export interface SysbenchTest {
  readonly name: string;
  /** Part of the key, since another value makes another benchmark. */
  readonly options: readonly (readonly [name: string, pattern: RegExp])[];
  readonly measure: (section: Section) => readonly SysbenchMeasurement[];
  /** Why the name may be wrong: what is printed does not tell. */
  readonly doubt?: string;
}

interface RecognisedTest extends SysbenchTest {
  /** A line that only this test prints. */
  readonly signature: RegExp;
}

const rate = (
  metric: string,
  unit: string,
  value: number | undefined,
  role: Role = 'primary',
): SysbenchMeasurement => ({
  metric,
  value,
  unit,
  better: 'higher',
  role,
  step: 0.01,
});

/** A direction in which nothing was done is no measurement. */
const ifAny = (value: number | undefined): number | undefined => (value === 0 ? undefined : value);

const RECOGNISED: readonly RecognisedTest[] = [
  {
    name: 'cpu',
    signature: /^CPU speed:$/m,
    options: [['prime limit', /^Prime numbers limit: (\d+)$/m]],
    measure: ({ text }) => [rate('events per second', 'events/s', numberOf(text, /^ +events per second: +(\S+)$/m))],
  },
  {
    name: 'memory',
    signature: /^Running memory speed test with the following options:$/m,
    options: [
      ['block size', /^ +block size: (\S+)$/m],
      ['operation', /^ +operation: (\w+)$/m],
      ['scope', /^ +scope: (\w+)$/m],
    ],
    measure: ({ text }) => {
      const throughput = numberOf(text, /^\S+ MiB transferred \((\S+) MiB\/sec\)$/m);
      if (throughput !== undefined) return [rate('throughput', 'MiB/s', throughput)];
      // `--memory-oper=none` transfers nothing
      const operations = numberOf(text, /^Total operations: \d+ \((\S+) per second\)$/m);
      return [rate('operations per second', 'operations/s', operations)];
    },
  },
  {
    name: 'fileio',
    signature: /^File operations:$/m,
    options: [
      ['test', /^Doing (.+) test$/m],
      ['files', /^(\d+) files, /m],
      ['file size', /^\d+ files, (\S+) each$/m],
      ['block size', /^Block size (\S+)$/m],
      ['mode', /^Using (.+) I\/O mode$/m],
    ],
    measure: ({ text }) => [
      rate('read throughput', 'MiB/s', ifAny(numberOf(text, /^ +read, MiB\/s: +(\S+)$/m))),
      rate('write throughput', 'MiB/s', ifAny(numberOf(text, /^ +written, MiB\/s: +(\S+)$/m))),
      rate('fsyncs per second', 'fsyncs/s', ifAny(numberOf(text, /^ +fsyncs\/s: +(\S+)$/m)), 'secondary'),
    ],
  },
  {
    name: 'sql',
    signature: /^SQL statistics:$/m,
    options: [],
    doubt: 'sysbench does not print which database script ran: all of them are taken for one benchmark, "sql".',
    measure: ({ text }) => [
      rate('transactions per second', 'transactions/s', numberOf(text, /^ +transactions: +\d+ +\((\S+) per sec\.\)$/m)),
    ],
  },
];

const guess = (name: string): string =>
  `sysbench does not print which test this is: by its number of events it is taken for "${name}".`;

/** Each thread of it does one event: the work is fixed, the time is measured. */
const MUTEX: SysbenchTest = {
  name: 'mutex',
  options: [],
  measure: ({ seconds }) => [
    { metric: 'total time', value: seconds, unit: 's', better: 'lower', role: 'primary', step: 1e-4 },
  ],
  doubt: guess('mutex'),
};

/** It runs for a given time, so that only the events in that time say something. */
const THREADS: SysbenchTest = {
  name: 'threads',
  options: [],
  measure: ({ events, seconds }) => [{ ...rate('events per second', 'events/s', events / seconds), step: 0 }],
  doubt: guess('threads'),
};

export const testOf = ({ text, events, threads }: Section): SysbenchTest =>
  RECOGNISED.find(({ signature }) => signature.test(text)) ?? (events === Number(threads) ? MUTEX : THREADS);

export const measurementsOf = (test: SysbenchTest, section: Section): readonly SysbenchMeasurement[] => [
  ...test.measure(section),
  ...latenciesOf(section),
];

/** sysbench prints latencies in ms with two decimals. */
const LATENCY = { unit: 'ms', better: 'lower', step: 0.01 } as const;

function latenciesOf({ text, events }: Section): readonly SysbenchMeasurement[] {
  const sum = numberOf(text, /^ +sum: +(\S+)$/m);
  // The mean that is printed is sum / events, but rounded to 10 µs.
  const mean = sum === undefined ? undefined : sum / events;
  const percent = textOf(text, /^ +(\d+)th percentile: +\S+$/m);
  const percentile = numberOf(text, /^ +\d+th percentile: +(\S+)$/m);
  return [
    { ...LATENCY, metric: 'latency mean', value: mean, role: 'secondary', step: 0 },
    ...(percent === undefined
      ? []
      : [{ ...LATENCY, metric: `latency p${percent}`, value: percentile, role: 'tail' } as const]),
    { ...LATENCY, metric: 'latency max', value: numberOf(text, /^ +max: +(\S+)$/m), role: 'tail' },
  ];
}

/** What the group of `pattern` matches. */
export const textOf = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[1];

/** undefined where it is not there or not a number. */
export const numberOf = (text: string, pattern: RegExp): number | undefined => parseNumber(textOf(text, pattern));
