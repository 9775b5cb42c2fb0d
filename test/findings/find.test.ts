/** What holds for the findings of all rules, on every recording. */
import { describe, expect, test } from 'vitest';
import { findAll } from '../../src/findings/find.js';
import { RULES } from '../../src/findings/registry.js';
import { explanationOf, realRecordings } from '../support/explained.js';

/** Rules that state no time to gain, or say that there is none. */
const ABOUT_NO_TIME = ['weak-recording', 'exits-left-out', 'floating-vcpus', 'pinning-plan', 'nothing-to-gain'];

describe.each(realRecordings().map((one) => [one.name, one] as const))('%s', (_, { scenario, file }) => {
  test('findings keep to the ledger', async () => {
    const explanation = await explanationOf(scenario, file);
    const { findings, totals, machines, exits, culprits, worst, quality } = explanation;
    for (const finding of findings) {
      const of = machines.find(({ id }) => id === finding.machine);
      const vcpus = of === undefined ? machines.flatMap((machine) => machine.vcpus) : of.vcpus;
      const available = vcpus.reduce(
        (sum, { ledgerNs }) => sum + finding.accounts.reduce((part, name) => part + ledgerNs[name], 0),
        0,
      );
      expect(finding.costNs, finding.title).toBeLessThanOrEqual(available);
      expect(Number.isInteger(finding.costNs) && Number.isInteger(finding.gain.likelyNs), finding.title).toBe(true);
      expect(finding.gain.likelyNs).toBeLessThanOrEqual(finding.gain.mostNs);
      expect(finding.gain.mostNs).toBeLessThanOrEqual(finding.costNs);
      expect(finding.share).toBeCloseTo(finding.costNs / totals.durationNs, 12);
      for (const reference of finding.references) {
        const isThere = {
          exits: () =>
            exits.some(
              (row) => reference.kind === 'exits' && row.machine === reference.machine && row.cause === reference.cause,
            ),
          worst: () => worst.some((episode) => reference.kind === 'worst' && episode.atNs === reference.atNs),
          culprits: () => culprits.some((row) => reference.kind === 'culprits' && row.name === reference.name),
          quality: () => quality.issues.some((issue) => reference.kind === 'quality' && issue.code === reference.code),
          configuration: () => true,
        }[reference.kind];
        expect(isThere(), `${finding.rule}: ${JSON.stringify(reference)}`).toBe(true);
      }
    }
  });

  test('no time is promised twice', async () => {
    const { findings, totals } = await explanationOf(scenario, file);
    const promised = findings.reduce((sum, { gain }) => sum + gain.likelyNs, 0);
    expect(promised).toBeLessThanOrEqual(totals.guestDelayNs + totals.ledgerNs.poll);
  });

  test('--ignore and --least-gain leave findings out', async () => {
    const explanation = await explanationOf(scenario, file);
    const evidence = { ...explanation, configurations: new Map() };
    const all = findAll(evidence, { leastGain: 0 });
    expect(findAll(evidence).length).toBeLessThanOrEqual(all.length);
    expect(findAll(evidence, { ignore: RULES.map(({ id }) => id) })).toEqual([]);
    // A recording that hides most of the loss comes before all gains.
    const ranked = all[0]?.rule === 'weak-recording' ? all.slice(1) : all;
    const gains = ranked.map(({ gain }) => gain.likelyNs);
    expect(gains).toEqual(gains.toSorted((a, b) => b - a));
  });

  test('a threshold that is asked for holds for outliers as well', async () => {
    const explanation = await explanationOf(scenario, file);
    const evidence = { ...explanation, configurations: new Map() };
    const most = findAll(evidence, { leastGain: 1 });
    const wanted = explanation.totals.ledgerNs.guest + explanation.totals.guestDelayNs - explanation.totals.keptOutNs;
    for (const { rule, gain, costNs } of most)
      if (!ABOUT_NO_TIME.includes(rule)) expect(gain.mostNs, `${rule} of ${costNs}`).toBeGreaterThanOrEqual(wanted);
  });
});
