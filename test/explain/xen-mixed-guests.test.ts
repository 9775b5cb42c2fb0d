/**
 * A host with guests of all kinds at once: what is known of one (a PVH guest, whose exits have lengths) is not judged by what is
 * not known of another one (a PV guest; one of which only the scheduler tells).
 */
import { describe, expect, test } from 'vitest';
import { readBudget } from '../../src/budgets/budget-file.js';
import { check } from '../../src/budgets/check.js';
import { difference } from '../../src/differences/compare.js';
import type { Side } from '../../src/differences/difference.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { SeriesObserver } from '../../src/explain/series.js';
import { textReport } from '../../src/report/text/index.js';
import { explainXenRecords } from '../support/xen-recordings.js';
import { type AuthoredRecord, change, record, State, vmentry, vmexit } from '../support/xentrace-author.js';

const { running, runnable, blocked } = State;
const START = 1_000_000;
const ROUND_NS = 1_000_000;
const ROUNDS = 2000;
const CPUID = 0x72;
const HLT = 0x78;
const MMU_UPDATE = 1;
const [PVH, PV, SILENT] = [1, 2, 3];

/** Each round a CPUID of `exitNs` on average, and a halt. */
function pvhGuest(domain: number, exitNs: number): AuthoredRecord[] {
  const records = [change(START, domain, 0, runnable, running), vmentry(START)];
  for (let round = 0; round < ROUNDS; round++) {
    const time = START + round * ROUND_NS;
    const length = exitNs + ((round * 7919) % 101) - 50;
    records.push(
      vmexit(time + 100_000, CPUID),
      vmentry(time + 100_000 + length),
      vmexit(time + 600_000, HLT),
      record(time + 600_100, 0x28006, domain, 0),
      change(time + 601_000, domain, 0, running, blocked),
      change(time + 900_000, domain, 0, blocked, runnable),
      change(time + 905_000, domain, 0, runnable, running),
      vmentry(time + 906_000),
    );
  }
  return records;
}

/** Each round a hypercall of the PV guest and one by which it waits for an event; then another guest has the pCPU. */
function pvAndSilentGuests(): AuthoredRecord[] {
  const records: AuthoredRecord[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const time = START + round * ROUND_NS;
    records.push(
      change(time, PV, 0, runnable, running),
      record(time + 50_000, 0x20100d, MMU_UPDATE),
      record(time + 500_000, 0x20100d, 29 | (1 << 20), 1),
      change(time + 500_500, PV, 0, running, blocked),
      change(time + 500_600, SILENT, 0, runnable, running),
      change(time + 990_000, PV, 0, blocked, runnable),
      change(time + 999_900, SILENT, 0, running, runnable),
    );
  }
  return records;
}

const EXIT_NS = 20_000;
const mixed = (exitNs = EXIT_NS) => [pvhGuest(PVH, exitNs), pvAndSilentGuests()];

async function sideOf(pcpus: readonly (readonly AuthoredRecord[])[]): Promise<Side> {
  const observer = new SeriesObserver();
  return { explanation: await explainXenRecords(pcpus, { series: observer }), series: observer.series };
}

const explained = (options: ExplainOptions = {}) => explainXenRecords(mixed(), options);
const machineOf = ({ machines }: Explanation, domain: number) => machines.find(({ process }) => process === domain)!;
const idOf = (explanation: Explanation, domain: number) => machineOf(explanation, domain).id;

test('each machine is judged by its own events: the PVH guest as if it were alone', async () => {
  const explanation = await explained();
  const alone = await explainXenRecords([pvhGuest(PVH, EXIT_NS)]);
  expect(machineOf(explanation, PVH).recorded).toEqual(machineOf(alone, PVH).recorded);
  expect(alone.quality).toMatchObject({ exits: 'complete', lostTime: 'measured', upperBounds: [] });
  const mixedGuest = { account: 'guest', contains: ['hypervisor', 'interrupt'] };
  expect(machineOf(explanation, PV).recorded).toMatchObject({ exits: 'without lengths', lostTime: 'at least' });
  expect(machineOf(explanation, PV).recorded.upperBounds).toContainEqual(mixedGuest);
  expect(machineOf(explanation, SILENT).recorded).toMatchObject({ exits: 'missing', lostTime: 'at least' });
  // Of all together the worst.
  expect(explanation.quality).toMatchObject({ exits: 'missing', lostTime: 'at least', grade: 'C' });
  const codes = explanation.quality.issues.map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['pv-ends-unseen', 'exits-unseen']));
});

test('a machine that is asked for has no concerns of the others', async () => {
  const all = await explained();
  const one = await explained({ machine: idOf(all, PVH) });
  expect(one.quality).toMatchObject({ exits: 'complete', lostTime: 'measured', grade: 'A' });
  const pv = await explained({ machine: idOf(all, PV) });
  expect(pv.quality.issues.map(({ code }) => code)).not.toContain('exits-unseen');
});

test('exits without lengths have none: the percentiles are null, those of the others are what was written', async () => {
  const { exits, groups } = await explained();
  const hypercall = exits.find(({ detail }) => detail === 'hypercall 1 mmu_update')!;
  expect(hypercall).toMatchObject({ count: ROUNDS, episodes: ROUNDS, timed: 0, totalNs: 0 });
  const { minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = hypercall;
  expect([minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs]).toEqual([null, null, null, null, null, null]);
  const cpuid = exits.find(({ cause }) => cause === 'cpuid')!;
  expect(cpuid).toMatchObject({ count: ROUNDS, timed: ROUNDS, minNs: EXIT_NS - 50, maxNs: EXIT_NS + 50 });
  const block = exits.find(({ detail }) => detail === 'hypercall sched_op, block')!;
  // From its sleep until it ran again, but for the last one.
  expect(block).toMatchObject({ count: ROUNDS, timed: ROUNDS - 1, minNs: ROUND_NS - 500_500 });
  expect(groups.cause.find(({ cause }) => cause === 'hypercall')).toMatchObject({ timed: 0, p99Ns: null });
});

test('the first screen and the tables say of which machine something is not known', async () => {
  const explanation = await explained();
  const text = textReport(explanation, { width: 1000 });
  const [pvh, pv, silent] = [PVH, PV, SILENT].map((domain) => idOf(explanation, domain));
  expect(text).toMatch(new RegExp(`  ${pvh} domain 1: [0-9.]+ % of `));
  expect(text).toMatch(new RegExp(`  ${pv} domain 2: at least [0-9.]+ % of `));
  expect(text).toContain(
    `The largest causes, without exits that were not recorded (${silent}) and exits whose lengths were not recorded (${pv}):`,
  );
  expect(text).toContain(`guest also contains hypervisor, interrupt (${pv}, ${silent})`);
  const row = (start: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(start))!
      .trim()
      .split(/ {2,}/);
  const head = row('  vCPU ');
  const cellOf = (vcpu: string, account: string) => row(`  ${vcpu}/0 `)[head.indexOf(account)];
  expect(cellOf(pvh, 'hypervisor')).toMatch(/ %$/);
  expect([pv, silent].map((id) => cellOf(id, 'hypervisor'))).toEqual(['–', '–']);
  const titles = row('  cause: reason');
  const hypercalls = row('  hypercall: hypercall');
  const known = titles.filter((_, column) => hypercalls[column] !== '–');
  expect(known).toEqual(['cause: reason', 'exits', 'to VMM', 'waiting']);
});

test('findings speak of the machine that they are about: the one whose exits have lengths may be well tuned', async () => {
  const explanation = await explainXenRecords(mixed(100));
  const titles = explanation.findings.map(({ rule, title }) => `${rule}: ${title}`);
  const [pvh, pv, silent] = [PVH, PV, SILENT].map((domain) => idOf(explanation, domain));
  const [weak] = titles.filter((title) => title.startsWith('weak-recording'));
  expect(weak).toContain(`no exits of ${silent}, exits of ${pv} without lengths`);
  const tuned = titles.filter((title) => title.startsWith('nothing-to-gain'));
  expect(tuned).toEqual([expect.stringContaining(`${pvh} lost 1.01 %`)]);
});

describe('limits', () => {
  const verdictsOf = (explanation: Explanation, limits: readonly string[]) => {
    const reading = readBudget(
      `version: 1\nlimits:\n${limits.map((limit) => `  - { ${limit} }\n`).join('')}`,
      'budget.yaml',
      [],
    );
    if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
    return check(reading.budget, explanation).limits.map(({ verdict }) => verdict);
  };

  test('of the machine whose exits have lengths are judged, those of the others and of all are not', async () => {
    const explanation = await explained();
    const [pvh, pv, silent] = [PVH, PV, SILENT].map((domain) => idOf(explanation, domain));
    for (const [limit, expected] of [
      ['time: hypervisor, most: 99 %', 'ok'],
      ['time: host-cost, most: 99 %', 'ok'],
      ['time: lost, most: 1 %', 'broken'],
      ['rate: exits, most: 1000000/s', 'ok'],
      ['length: p99, cause: cpuid, most: 1us', 'broken'],
      ['length: max, cause: cpuid, most: 1s', 'ok'],
    ] as const) {
      const verdicts = verdictsOf(explanation, [`${limit}, machine: ${pvh}`, `${limit}, machine: ${silent}`]);
      expect([limit, ...verdicts]).toEqual([limit, expected, limit.includes('lost') ? expect.anything() : 'unjudged']);
    }
    expect(
      verdictsOf(explanation, [
        `length: p99, cause: hypercall, most: 1s, machine: ${pv}`,
        'length: p99, cause: hypercall, most: 1s',
        'length: max, most: 10s',
      ]),
    ).toEqual(['unjudged', 'unjudged', 'unjudged']);
  });
});

describe('differences', () => {
  const verdicts = (outcome: ReturnType<typeof difference>, machine: string) =>
    new Map(
      outcome.rows
        .filter((row) => row.machine === machine && row.vcpu === null && row.kind !== 'detail')
        .map((row) => [row.account ?? row.cause, row.verdict]),
    );

  test('of a guest with lengths are found beside one without, and that is said of the latter alone', async () => {
    const sides = [await sideOf(mixed()), await sideOf(mixed(2 * EXIT_NS))] as const;
    const outcome = difference(...sides);
    const [pvh, pv, silent] = [PVH, PV, SILENT].map((domain) => idOf(sides[0].explanation, domain));
    expect(verdicts(outcome, pvh).get('hypervisor')).toBe('worse');
    expect(verdicts(outcome, pvh).get('cpuid')).toBe('worse');
    const unseen = outcome.issues.filter(({ code }) => code === 'exits-unseen').map(({ message }) => message);
    expect(unseen).toEqual([
      expect.stringMatching(`^${pv}: How long exits took`),
      expect.stringMatching(`^${silent}: Exits were not recorded`),
    ]);
  });

  test('of a guest that is PV on one side and PVH on the other are not tested, those of its neighbour are', async () => {
    const before = await sideOf(mixed());
    const after = await sideOf([pvhGuest(PVH, 2 * EXIT_NS), pvhGuest(PV, EXIT_NS)]);
    const outcome = difference(before, after);
    const [pvh, pv] = [PVH, PV].map((domain) => idOf(before.explanation, domain));
    expect(verdicts(outcome, pvh).get('hypervisor')).toBe('worse');
    const ofPv = verdicts(outcome, pv);
    expect(['guest', 'hypervisor', 'interrupt', 'cpuid', 'hypercall'].map((key) => ofPv.get(key as 'guest'))).toEqual(
      Array.from({ length: 5 }, () => 'untested'),
    );
    expect(outcome.lost?.p).toBeNull();
    const [issue] = outcome.issues.filter(({ code }) => code === 'events-differ');
    expect(issue.message.startsWith(`${pv}: `)).toBe(true);
  });
});
