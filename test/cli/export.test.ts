/** vmtoll export: what it writes holds what the books say, and a page is never too large for mail. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type ReducedReader, readReduced } from '../../src/episodes/reduced.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { REPORT_ELEMENT, type Report } from '../../src/workspace/report.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const recordingOf = (name: string): string => pathIn(scenario(name, 'trace.dat'), 'trace.dat');
const PATH = recordingOf('i1-overcommit-unpinned');
const LARGEST_PAGE = 3_000_000;

const explanationOf = (args: readonly string[]): Explanation =>
  JSON.parse(vmtoll(['explain', ...args, '--json']).stdout) as Explanation;

/** Reads a page as its script does. */
function contentsOf(page: string): Report {
  const [, data] = new RegExp(`id="${REPORT_ELEMENT}">([^<]*)</script>`).exec(page) ?? [];
  if (data === undefined) throw new Error('the page carries nothing');
  return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()) as Report;
}

function timelineOf({ recordings: [{ timeline }] }: Report): ReducedReader {
  const reader = readReduced({ ...timeline, tile: Buffer.from(timeline.tile, 'base64') });
  if (!reader.ok) throw new Error(reader.issue.message);
  return reader.value;
}

describe('the page', () => {
  const file = join(folder, 'report.html');
  const outcome = vmtoll(['export', PATH, '--html', file]);
  const page = outcome.code === 0 ? readFileSync(file, 'utf8') : '';

  test('holds the whole Explanation and nothing from elsewhere', () => {
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(contentsOf(page).recordings[0].explanation).toEqual(explanationOf([PATH]));
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(?:script|link|img|iframe)[^>]*\s(?:src|href)="?(?:https?:)?\/\//);
    expect(page.length).toBeLessThan(LARGEST_PAGE);
  });

  test('has a timeline whose accounts are those of the books, and heat maps with every episode', () => {
    const report = contentsOf(page);
    const timeline = timelineOf(report);
    const { explanation } = report.recordings[0];
    const { lanes, lengthNs } = timeline.info;
    for (const { id, vcpus } of explanation.machines) {
      for (const vcpu of vcpus) {
        const lane = lanes.findIndex(({ machine, number }) => machine === id && number === vcpu.id);
        const [{ ns, errorNs }] = timeline.sums({ lanes: [lane], fromNs: 0, toNs: lengthNs });
        // The last bin ends after T: what is spread over it is all that may be wrong.
        expect(errorNs).toBeLessThanOrEqual(timeline.info.baseNs);
        for (const [index, account] of ACCOUNTS.entries()) {
          expect(Math.abs(ns[index] - vcpu.ledgerNs[account])).toBeLessThanOrEqual(errorNs);
        }
        const tile = timeline.tile({ lanes: [lane], fromNs: 0, toNs: lengthNs, resolutionNs: lengthNs / 100 });
        const { sums, kinds, count } = tile.lanes[0];
        for (const [index, account] of ACCOUNTS.entries()) {
          let total = 0;
          for (let row = 0; row < count; row++) total += sums[row * kinds + index];
          expect(total, account).toBe(vcpu.ledgerNs[account]);
        }
      }
    }
    const map = timeline.heat({ kind: 'latency', lanes: [], fromNs: 0, toNs: lengthNs, columns: 100 });
    const timed = explanation.groups.cause.reduce((sum, group) => sum + group.timed, 0);
    expect(map?.counts.reduce((sum, count) => sum + count, 0)).toBe(timed);
  });

  test('of two recordings and of benchmarks holds their comparison', () => {
    const both = join(folder, 'both.html');
    const paths = [recordingOf('e-timer'), recordingOf('n-timer-nopoll')];
    expect(vmtoll(['export', ...paths, '--html', both])).toMatchObject({ code: 0 });
    const { difference, recordings } = contentsOf(readFileSync(both, 'utf8'));
    expect(recordings).toHaveLength(2);
    expect(difference).toEqual(JSON.parse(vmtoll(['diff', ...paths, '--json']).stdout));
    const benchmarks = join(folder, 'benchmarks.html');
    const sides = [
      '--native',
      'fixtures/benchmarks/native-vs-vm/native',
      '--vm',
      'fixtures/benchmarks/native-vs-vm/vm',
    ];
    expect(vmtoll(['export', ...sides, '--html', benchmarks])).toMatchObject({ code: 0 });
    const { comparison } = contentsOf(readFileSync(benchmarks, 'utf8'));
    expect(comparison).toEqual(JSON.parse(vmtoll(['compare', ...sides, '--json']).stdout));
  });

  test('of a recording with thousands of vCPUs and details that nobody can compress is small enough, and says so', () => {
    const large = join(folder, 'large.html');
    const { code, stderr } = vmtoll(['export', '-', '--html', large], { input: manyNames() });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(statSync(large).size).toBeLessThanOrEqual(LARGEST_PAGE);
    const { workspace, recordings } = contentsOf(readFileSync(large, 'utf8'));
    expect(workspace.limits).toEqual([expect.stringMatching(/at most \d+ rows/)]);
    expect(recordings[0].timeline.info.limit).toMatch(/overview/);
  });
});

/** A text of trace-cmd: 2,200 vCPU threads whose names are noise, each with exits at ports and registers of its own. */
function manyNames(): string {
  const lines = ['cpus=2'];
  let [time, seed] = [1000, 1];
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed;
  };
  for (let vcpu = 0; vcpu < 2200; vcpu++) {
    const thread = `${random().toString(36)}${random().toString(36)}-${10_000 + vcpu}`;
    for (let exit = 0; exit < 10; exit++) {
      const stamp = () => {
        time += 0.000_001;
        return `[000]   ${time.toFixed(6)}`;
      };
      const address = `0x${random().toString(16)}`;
      lines.push(
        ` ${thread} ${stamp()}: kvm_entry:            vcpu ${vcpu}`,
        ` ${thread} ${stamp()}: kvm_exit:             reason EPT_MISCONFIG rip ${address} info 0 0`,
        ` ${thread} ${stamp()}: kvm_mmio:             mmio write len 4 gpa ${address} val 0x1`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

describe('tables', () => {
  test('JSON is what vmtoll explain prints', () => {
    expect(vmtoll(['export', PATH, '--json', '-']).stdout).toBe(vmtoll(['explain', PATH, '--json']).stdout);
  });

  test('folded stacks add up to all guest delay', () => {
    const { stdout } = vmtoll(['export', PATH, '--folded', '-']);
    const total = stdout
      .trimEnd()
      .split('\n')
      .reduce((sum, line) => sum + Number(/^[^;]+;vCPU \d+;[^;]+;.+ (\d+)$/.exec(line)?.[1]), 0);
    expect(total).toBe(explanationOf([PATH]).totals.guestDelayNs);
  });

  test('CSV has a row for every exit row', () => {
    const { stdout } = vmtoll(['export', PATH, '--csv', '-']);
    const { exits } = explanationOf([PATH]);
    const [head, ...rows] = stdout.trimEnd().split('\r\n');
    expect(head.split(',')).toContain('preempted_ns');
    expect(rows).toHaveLength(exits.length);
    expect(rows[0]).toMatch(new RegExp(`^${exits[0].machine},${exits[0].vcpu},${exits[0].cause},`));
  });

  test('nothing to write, and more than one recording where one is meant, are wrong usage', () => {
    expect(vmtoll(['export', PATH])).toMatchObject({ code: 2, stderr: expect.stringContaining('--html') });
    expect(vmtoll(['export', PATH, PATH, '--csv', '-'])).toMatchObject({ code: 2 });
    expect(vmtoll(['export', PATH, '--csv', join(folder, 'no', 'such', 'folder')])).toMatchObject({ code: 3 });
  });
});
