/** Parts of a recording: pieces of time, machines and vCPUs add up to the whole. */
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { openInputs } from '../../src/node/inputs.js';
import { explanationOf, realRecordings, sumBy, vcpusOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { type Scenario, scenario } from '../support/recordings.js';

/** Shares of T at which a recording is cut; the guest runs in the second half of most of them. */
const CUTS = [0, 0.55, 0.701, 0.93];

async function pieces(found: Scenario, file: string): Promise<[Explanation, Explanation[]]> {
  const whole = await explanationOf(found, file);
  const times = CUTS.map((share) => Math.round(share * whole.recording.durationNs));
  const parts: Explanation[] = [];
  for (const [index, fromNs] of times.entries()) {
    const toNs = times[index + 1];
    // An interval does not contain its end, so only one without an end has the very last event.
    parts.push(await explanationOf(found, file, { fromNs, ...(toNs !== undefined && { toNs }) }));
  }
  return [whole, parts];
}

/** Every number of the matrix, by vCPU, cause, reason, detail and account. */
function matrix(explanations: readonly Explanation[]): Record<string, number> {
  const numbers = explanations.flatMap(({ exits }) =>
    exits.flatMap(({ machine, vcpu, cause, reason, detail, ledgerNs, count }) =>
      [...Object.entries(ledgerNs), ['exits', count] as const].map(
        ([name, value]) => [`${machine}/${vcpu} ${cause} ${reason} ${detail} ${name}`, value] as const,
      ),
    ),
  );
  const sums = sumBy(
    numbers,
    ([name]) => name,
    ([, value]) => value,
  );
  return Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0));
}

function ledgers(explanations: readonly Explanation[]): Record<string, number> {
  const numbers = explanations.flatMap((explanation) =>
    vcpusOf(explanation).flatMap(({ thread, ledgerNs, exits }) => [
      ...ACCOUNTS.map((account) => [`${thread} ${account}`, ledgerNs[account]] as const),
      [`${thread} exits`, exits] as const,
    ]),
  );
  return sumBy(
    numbers,
    ([name]) => name,
    ([, value]) => value,
  );
}

describe.each(realRecordings(['trace.dat', 'perf.data', 'perf-kvm.data']))('$name', ({ scenario: found, file }) => {
  test('cut into pieces, the pieces add up to the whole', async () => {
    const [whole, parts] = await pieces(found, file);
    expect(parts.reduce((sum, { recording }) => sum + recording.durationNs, 0)).toBe(whole.recording.durationNs);
    expect(ledgers(parts)).toEqual(ledgers([whole]));
    expect(matrix(parts)).toEqual(matrix([whole]));
  });

  test('each piece starts where the one before it ends, on the clock of the recorder', async () => {
    const [whole, parts] = await pieces(found, file);
    let start = BigInt(whole.recording.startNs);
    for (const { recording } of parts) {
      expect(recording.startNs).toBe(String(start));
      start += BigInt(recording.durationNs);
      expect(recording.events).toBe(whole.recording.events);
    }
  });
});

describe('some vCPUs', () => {
  const found = scenario('i1-overcommit-unpinned', 'trace.dat')!;

  test('one by one they are what they are in the whole', async () => {
    const whole = await explanationOf(found, 'trace.dat');
    const parts = await Promise.all([0, 1, 2, 3].map((vcpu) => explanationOf(found, 'trace.dat', { vcpu })));
    expect(parts.flatMap((part) => vcpusOf(part))).toEqual(vcpusOf(whole));
    expect(matrix(parts)).toEqual(matrix([whole]));
    const culprits = parts.flatMap((part) => part.culprits);
    expect(culprits).toHaveLength(whole.culprits.length);
    expect(culprits).toEqual(expect.arrayContaining([...whole.culprits]));
    for (const [index, part] of parts.entries()) {
      expect(part.totals.ledgerNs).toEqual(vcpusOf(whole)[index].ledgerNs);
      expect(part.worst.every(({ vcpu }) => vcpu === index)).toBe(true);
      // Its siblings are left out, and are still known as what they are.
      expect(part.culprits[0].kind).toBe('sibling vCPU');
    }
  });

  test('a machine by its id and by its name', async () => {
    const whole = await explanationOf(found, 'trace.dat');
    const [{ id, name }] = whole.machines;
    for (const machine of [id, name]) {
      expect((await explanationOf(found, 'trace.dat', { machine })).totals).toEqual(whole.totals);
    }
  });

  test.each([{ machine: 'vm2' }, { vcpu: 4 }, { machine: 'vm1', vcpu: 9 }])('%o is not there', async (options) => {
    const input = await openInputs([pathIn(found, 'trace.dat')], { catalog: kvm.catalog });
    if (!input.ok) throw new Error(input.issue.message);
    const result = await explain(input.value.recording, kvm, options);
    input.value.close();
    if (result.ok) throw new Error('it was explained');
    expect(result.issue.code).toBe('not-in-recording');
    expect(result.issue.hint).toContain('vm1 (vCPU 0, 1, 2, 3)');
  });
});
