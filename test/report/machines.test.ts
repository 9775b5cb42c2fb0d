/** Several vCPUs and machines as text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatNs } from '../../src/base/quantities.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { textReport } from '../../src/report/text/index.js';
import { explainPaths, explanationOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
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
    const rows = vcpuRows(textReport(explanation, { by: 'vcpu', width: 200 }));
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

describe('several machines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-machines-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const lines = readFileSync(pathIn(scenario('m-mixed', 'trace-cmd-report.txt'), 'trace-cmd-report.txt'), 'utf8').split(
    '\n',
  );
  /** `name-thread [pCPU]`, `name:thread [priority]`. */
  const THREAD = /(?<=[-:])([1-9]\d*)(?=\s+\[\d{3}\])/g;
  const PCPU = /(?<=\s\[|CPU:)00(\d)\b/g;

  /** The same host some times at once: copies of its events, on pCPUs and in threads of their own. */
  async function screen(copies: number, options: ExplainOptions = {}): Promise<string[]> {
    const copy = (line: string, index: number) =>
      line
        .replace(THREAD, (thread) => `${Number(thread) + index * 10_000}`)
        .replace(PCPU, (pcpu) => String(Number(pcpu) + 2 * index).padStart(3, '0'));
    const all = lines.slice(1).flatMap((line) => Array.from({ length: copies }, (_, index) => copy(line, index)));
    const path = join(folder, `${copies}.txt`);
    writeFileSync(path, [`cpus=${2 * copies}`, ...all].join('\n'));
    return textReport(await explainPaths([path], options), { width: Infinity })
      .split('\n\nThe ledger')[0]
      .split('\n');
  }

  test('each has the share and the largest cause that it has where it is explained alone', async () => {
    const both = await screen(2);
    const shown = both.filter((line) => /^ {2}vm\d/.test(line));
    expect(shown).toHaveLength(2);
    for (const machine of ['vm1', 'vm2']) {
      const alone = (await screen(2, { machine })).join('\n');
      expect(alone).not.toContain(machine);
      const [, share, wanted] = /lost (.*?) of the (.*?) in which/.exec(alone)!;
      const [, cause, time] = /1\. (.*?): [\d.]+ % \((.*?)\)/.exec(alone)!;
      expect(shown.find((line) => line.startsWith(`  ${machine} `))).toMatch(
        new RegExp(`: ${share} of ${wanted}, most to .* \\(${time}\\)$`),
      );
      expect(both.join('\n')).toContain(`. ${machine}, ${cause}: `);
    }
  });

  test('eight machines: six are named', async () => {
    const shown = await screen(8);
    expect(shown.filter((line) => /^ {2}vm\d/.test(line))).toHaveLength(6);
    expect(shown).toContain('  and 2 machines more');
  });
});
