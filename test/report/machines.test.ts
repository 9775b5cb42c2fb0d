/** Several vCPUs and machines as text. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { formatNs } from '../../src/report/quantities.js';
import { textReport } from '../../src/report/text/index.js';
import { explanationOf } from '../support/explained.js';
import { scenario } from '../support/recordings.js';

const explained = (name: string): Promise<Explanation> => explanationOf(scenario(name, 'trace.dat')!, 'trace.dat');

/** The table of vCPUs: cells by title. */
function vcpuRows(report: string): Map<string, string>[] {
  const [, titles, ...rest] = report.slice(report.indexOf('Exits by vcpu')).split('\n');
  const split = (line: string) => line.trim().split(/ {2,}/);
  const rows = rest.slice(
    0,
    rest.findIndex((line) => line.startsWith('  guest delay =')),
  );
  return rows.map((row) => new Map(split(row).map((cell, index) => [split(titles)[index], cell])));
}

describe('--by vcpu', () => {
  test.each(['m-mixed', 'i1-overcommit-unpinned'])('%s: time kept out by the VMM stands apart', async (name) => {
    const explanation = await explained(name);
    const rows = vcpuRows(textReport(explanation, { by: 'vcpu' }));
    const vcpus = explanation.machines.flatMap(({ id, vcpus }) => vcpus.map((vcpu) => ({ machine: id, ...vcpu })));
    expect(rows).toHaveLength(vcpus.length);
    expect(explanation.totals.keptOutNs).toBeGreaterThan(0);
    for (const vcpu of vcpus) {
      const row = rows.find((cells) => cells.get('vcpu') === `${vcpu.machine} vCPU ${vcpu.id}`)!;
      expect(row.get('kept out')).toBe(formatNs(vcpu.keptOutNs));
      expect(row.get('guest delay')).toBe(formatNs(vcpu.guestDelayNs - vcpu.keptOutNs));
    }
  });
});
