/** What lowers the grade, and what is said when only a part of a class of events was recorded. */
import { describe, expect, test } from 'vitest';
import { IssueLog, type Severity } from '../../src/base/issue.js';
import { GRADES } from '../../src/explain/explanation.js';
import type { MachineBasis } from '../../src/explain/machines.js';
import { judgeQuality, type QualityInput } from '../../src/explain/quality.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import type { EventClass, MissingPart, Remark } from '../../src/hypervisors/translator.js';
import { noTime } from '../../src/ledger/accounts.js';
import { RecordingTotals } from '../../src/recording/recording.js';
import { SymbolTable } from '../../src/recording/symbols.js';
import { ThreadTable } from '../../src/recording/threads.js';
import { ALL_RECORDED } from '../support/evidence.js';
import { explanationOf, realRecordings } from '../support/explained.js';

const CLASS_IDS: readonly EventClass['id'][] = ['exits', 'vmm', 'scheduler', 'wakeups', 'interrupts', 'halts'];

interface Case {
  readonly format?: string;
  readonly absent?: EventClass['id'];
  readonly missing?: MissingPart;
  readonly basis?: MachineBasis;
  readonly machines?: number;
  readonly idle?: number;
  readonly unknown?: number;
  readonly issue?: Severity;
  /** Code of an issue that the reader raised; of any. */
  readonly code?: string;
  readonly gaps?: number;
  readonly gapsWithin?: number;
  readonly frozenRun?: number;
  readonly remark?: Remark['severity'];
  readonly brokenVisits?: number;
  readonly resolutionNs?: number;
}

const NO_COST = { count: 0, totalNs: 0, p50Ns: null, p99Ns: null, maxNs: null };
const NO_COSTS = { inGuest: NO_COST, entry: NO_COST, exit: NO_COST, exitToCycles: NO_COST };

/** A recording without any fault, but for what the case says. T is 1000 ns, one vCPU a machine. */
function qualityOf(given: Case) {
  const issues = new IssueLog();
  if (given.issue !== undefined)
    issues.add({ code: given.code ?? 'reading', severity: given.issue, message: 'Something.' });
  const ledgerNs = Object.assign(noTime(), { idle: given.idle ?? 100, unknown: given.unknown ?? 0 });
  const totals = new RecordingTotals();
  totals.gaps = given.gaps ?? 0;
  totals.longestFrozenRun = given.frozenRun ?? 0;
  const input: QualityInput = {
    recording: {
      format: given.format ?? 'trace-dat',
      sources: ['a'],
      clock: { name: 'mono', measuresTime: true, resolutionNs: given.resolutionNs ?? 1 },
      host: {},
      guests: [],
      originNs: 0n,
      threads: new ThreadTable(),
      symbols: new SymbolTable(),
      issues,
      totals,
      async *batches() {},
    },
    losses: [],
    remarks: given.remark === undefined ? [] : [{ severity: given.remark, code: 'remark', message: 'Something.' }],
    advice: kvm.advice,
    worldSwitches:
      given.brokenVisits === undefined ? null : { ...NO_COSTS, notEntered: 0, broken: given.brokenVisits, vcpus: [] },
    gapsWithin: given.gapsWithin ?? 0,
    classes: CLASS_IDS.map((id) => ({
      id,
      seen: id !== given.absent,
      missing: id === 'interrupts' && given.missing !== undefined ? [given.missing] : [],
      record: `-e ${id}`,
    })),
    machines: Array.from({ length: given.machines ?? 1 }, (_, index) => ({
      id: `${index}`,
      name: '',
      vcpusKnown: true,
      vcpus: [],
      recorded: ALL_RECORDED,
    })),
    bases: [given.basis ?? 'process'],
    doubts: [],
    totals: { vcpus: 1, exits: 1, durationNs: 1000, ledgerNs, guestDelayNs: 0, hostCostNs: 0, keptOutNs: 0 },
  };
  const quality = judgeQuality(input);
  return { ...quality, said: quality.issues.map(({ code, severity }) => `${severity} ${code}`) };
}

const part = (name: MissingPart['part']): MissingPart => ({ part: name, names: ['local timer'], record: '-e more' });

describe('grades', () => {
  test.each<[string, string, string[], Case]>([
    ['nothing is wrong', 'A', [], {}],
    ['a note while reading', 'A', ['note reading'], { issue: 'note' }],
    ['a doubt while reading', 'B', ['warning reading'], { issue: 'warning' }],
    ['damage', 'D', ['error reading'], { issue: 'error' }],
    ['gaps', 'B', ['warning lost-events'], { gaps: 2, gapsWithin: 1 }],
    ['gaps outside the interval', 'A', ['note lost-events'], { gaps: 2 }],
    ['one inferred machine', 'A', ['note machines-inferred'], { basis: 'thread-order' }],
    ['two inferred machines', 'B', ['warning machines-inferred'], { basis: 'thread-order', machines: 2 }],
    ['no wake-ups', 'B', ['warning no-wakeups'], { absent: 'wakeups' }],
    ['no scheduler', 'C', ['warning no-scheduler'], { absent: 'scheduler' }],
    ['no exits', 'F', ['warning no-exits'], { absent: 'exits' }],
    ['no entries', 'F', ['error partial-exits'], { missing: part('entries') }],
    ['no returns from the VMM', 'B', ['warning partial-vmm'], { missing: part('vmm-returns') }],
    ['handlers without ends', 'A', ['note no-interrupt-ends'], { missing: part('interrupt-ends') }],
    ['a sort of handlers', 'A', ['note no-interrupt-sorts'], { missing: part('interrupt-sorts') }],
    ['no limits of polling', 'A', ['note no-poll-limits'], { missing: part('poll-limits') }],
    ['no limits of polling, nothing slept', 'A', [], { missing: part('poll-limits'), idle: 0 }],
    ['visits that cannot be timed', 'B', ['warning broken-visits'], { brokenVisits: 1 }],
    ['visits that all can', 'A', [], { brokenVisits: 0 }],
    ['a note on the hypervisor', 'A', ['note remark'], { remark: 'note' }],
    ['a warning on the hypervisor', 'B', ['warning remark'], { remark: 'warning' }],
    ['perf script', 'A', ['note perf-script-guest-samples'], { format: 'trace-dat + perf-script' }],
    ['0.1 % unknown', 'A', [], { unknown: 1 }],
    ['0.2 % unknown', 'B', ['warning unknown-time'], { unknown: 2 }],
    ['2 % unknown', 'C', ['warning unknown-time'], { unknown: 20 }],
    ['20 % unknown', 'D', ['warning unknown-time'], { unknown: 200 }],
    ['60 % unknown', 'F', ['warning unknown-time'], { unknown: 600 }],
  ])('%s: %s', (_what, grade, said, given) => {
    expect(qualityOf(given)).toMatchObject({ grade, said });
  });

  test.each(realRecordings())('$name: notes alone are an A, and an A has notes alone', async ({ scenario, file }) => {
    const { quality } = await explanationOf(scenario, file);
    const onlyNotes = quality.issues.every(({ severity }) => severity === 'note');
    expect(GRADES.indexOf(quality.grade) === 0).toBe(onlyNotes);
  });
});

describe('advice', () => {
  const hintOf = (code: string, given: Case) => qualityOf(given).issues.find((issue) => issue.code === code)?.hint;

  test.each([
    ['trace-dat', /trace-cmd record -C mono\.$/, /trace-cmd record -b \d+\.$/],
    ['ftrace-text', /trace-cmd record -C mono\.$/, /trace-cmd record -b \d+\.$/],
    ['perf-data', /: perf record -k mono\.$/, /: perf record -m \w+\.$/],
    ['perf-script', /: perf record -k mono\.$/, /: perf record -m \w+\.$/],
    ['trace-dat + perf-data', /trace-cmd .*perf record -k mono/, /trace-cmd .*perf record -m/],
  ])('for %s is about its own recorder', (format, clock, buffers) => {
    expect(hintOf('clock-froze', { format, frozenRun: 100 })).toMatch(clock);
    expect(hintOf('lost-events', { format, gaps: 1, gapsWithin: 1 })).toMatch(buffers);
  });

  test('does not blame buffers for the end that a cut file lacks', () => {
    const cut = { issue: 'warning', code: 'cut', gapsWithin: 1 } as const;
    expect(hintOf('lost-events', { ...cut, gaps: 1 })).not.toMatch(/buffers/);
    expect(hintOf('lost-events', { ...cut, gaps: 2 })).toMatch(/whole\..*buffers/);
  });
});

describe('parts of a class', () => {
  test('without the returns from the VMM its account is an upper bound', () => {
    const { upperBounds, issues } = qualityOf({ missing: part('vmm-returns') });
    expect(upperBounds).toEqual([{ account: 'vmm', contains: ['hypervisor'] }]);
    expect(issues[0].hint).toBe('Record them: -e more');
  });

  test('says which interrupts have no ends, and what to record', () => {
    const [issue] = qualityOf({ missing: part('interrupt-ends') }).issues;
    expect(issue.message).toContain('(local timer)');
    expect(issue.hint).toBe('Record them: -e more');
  });
});

test.each([
  [1e9 / 736_629_000, '1.36 ns'],
  [32, '32 ns'],
  [1e9 / 19_200_000, '52.1 ns'],
  [1000, '1000 ns'],
  [1e9 / 32_768, '30518 ns'],
])('a clock that ticks every %d ns: as much of it is said as anybody reads', (resolutionNs, words) => {
  const [issue] = qualityOf({ resolutionNs }).issues;
  expect(issue).toMatchObject({ code: 'coarse-clock', message: expect.stringContaining(` ${words}, so`) });
});
