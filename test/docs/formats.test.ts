/** docs/formats.md: as complete as the program. */
import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../src/formats/registry.js';
import { eventClasses } from '../../src/hypervisors/kvm/event-classes.js';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { explanationOf } from '../support/explained.js';
import { readMarkdown } from '../support/markdown.js';
import { scenario } from '../support/recordings.js';

const document = readMarkdown('docs/formats.md');
const HEADING: Readonly<Record<string, string>> = {
  'trace-dat': 'trace.dat',
  'perf-data': 'perf.data',
  'ftrace-text': 'Text: trace, trace_pipe, trace-cmd report',
  'perf-script': 'Text: perf script',
  'qnx-kev': 'QNX: .kev',
  traceprinter: 'Text: traceprinter',
  xentrace: 'Xen: xentrace',
};
const classes = eventClasses(new Uint8Array(KVM_CATALOG.length + 1));
const rows = new Map([...document.matchAll(/^\|`(\w+)`\|(.*)\|$/gm)].map(([, id, rest]) => [id, rest.split('|')]));

test('has a section for every format', () => {
  const headings = [...document.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(expect.arrayContaining(FORMATS.map(({ id }) => HEADING[id])));
});

test('has every class of events with the options that the report names', () => {
  expect([...rows.keys()]).toEqual(classes.map(({ id }) => id));
  for (const { id, record } of classes) expect(rows.get(id)![2], id).toBe(`\`${record}\``);
});

test('says which accounts suffer, as the report does', async () => {
  const { quality } = await explanationOf(scenario('m-mixed', 'perf-kvm.data')!, 'perf-kvm.data');
  const missing = quality.issues.map(({ code }) => code.replace(/^no-/, ''));
  const known = classes.map(({ id }): string => id).filter((id) => missing.includes(id));
  expect(known).toEqual(classes.map(({ id }): string => id).filter((id) => id !== 'exits'));
  const accountsIn = (text: string) => ACCOUNTS.filter((account) => text.includes(`\`${account}\``));
  const said = new Set(known.flatMap((id) => accountsIn(rows.get(id)![1])));
  const needed = quality.upperBounds.flatMap(({ account, contains }) => [account, ...contains]);
  expect([...said].sort()).toEqual([...new Set(needed)].sort());
});

describe('events', () => {
  const [, understood, others] = /## Which events are understood\n(.*?)\nAll others(.*?)\n## /s.exec(document)!;
  const named = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);

  test('that are understood are all in the document, by system', () => {
    for (const system of new Set(KVM_CATALOG.map((spec) => spec.system))) {
      const [, list] = new RegExp(`^- \`${system}\`: (.*(?:\\n  .*)*)`, 'm').exec(understood)!;
      const events = new Set(KVM_CATALOG.filter((spec) => spec.system === system).map(({ event }) => event));
      expect(named(list, /`(\w+)`/g).toSorted()).toEqual([...events].toSorted());
    }
  });

  test.each([
    ['m-mixed', 'kvm-x86'],
    ['x-idle', 'kvm-arm64'],
  ])('of KVM that a host writes are in one of the two lists, %s', async (folder, hypervisor) => {
    const { recording } = await explanationOf(scenario(folder, 'trace.dat', hypervisor)!, 'trace.dat');
    const known = new Set(KVM_CATALOG.map(({ event }) => event));
    const written = Object.keys(recording.eventCounts).flatMap((name) => /^kvm:(\w+)$/.exec(name)?.[1] ?? []);
    const counted = named(others, /`((?:kvm|vcpu)_\w+)`/g);
    expect(written.filter((name) => !known.has(name)).length).toBeGreaterThan(3);
    expect(written.filter((name) => !known.has(name) && !counted.includes(name))).toEqual([]);
    expect(counted.filter((name) => known.has(name))).toEqual([]);
    expect(counted).toEqual([...new Set(counted)].toSorted());
  });
});

test('tells the truth about what perf record -z lost', async () => {
  const folder = scenario('l2-tsc-clock-perf-z', 'perf.data')!;
  const [whole, kept] = await Promise.all(['trace.dat', 'perf.data'].map((file) => explanationOf(folder, file)));
  const lost = whole.totals.exits - kept.totals.exits;
  expect(lost).toBeGreaterThan(0);
  expect(kept.recording.lostEvents).toBe(0);
  expect(document).toContain(`${lost} of ${whole.totals.exits.toLocaleString('en-US')} exits are missing`);
});
