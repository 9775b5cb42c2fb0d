/** The lines on the host: what its facts say, short, and harmless. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readFactBundle } from '../../src/platform/host/fact-files.js';
import { readHostFacts } from '../../src/platform/host/reading.js';
import { hostFactLines } from '../../src/report/text/host-facts.js';
import { PLAIN } from '../../src/report/text/style.js';
import { evidence } from '../support/evidence.js';

const bundle = readFileSync('fixtures/host/two-sockets.txt', 'utf8');

function linesOf(text: string): string {
  const files = readFactBundle(text, 'host.txt');
  if (!files.ok) throw new Error(files.issue.message);
  return hostFactLines({ ...evidence(), findings: [], host: readHostFacts(files.value) }, PLAIN).join('\n');
}

test('a server with two sockets', () => {
  expect(linesOf(bundle)).toBe(`The host, as host.txt says
  Example CPU @ 2.40GHz, 8 pCPUs, 2 NUMA nodes, SMT on, isolated: 2-3,6-7, Linux 6.1.0-32-amd64 on
    x86_64
  frequency governor performance and powersave, boost on, deepest idle state C6 (170 µs to leave),
    idle governor menu, clock source tsc
  transparent huge pages madvise, 1024 reserved pages of 2 MiB, no swap
  kvm.halt_poll_ns=200000, kvm_intel.enable_apicv=N, kvm_intel.ept=Y, 1 VMM
  mitigated: spectre_v2`);
});

test('a host that says nothing has no lines but the first', () => {
  expect(linesOf('vmtoll host facts 1\n/proc/version\tx\nend')).toBe('The host, as host.txt says');
  expect(hostFactLines({ ...evidence(), findings: [], host: null }, PLAIN)).toEqual([]);
});

test('names are harmless', () => {
  const hostile = bundle.replace('Example CPU', '\u001b[31m\u202eCPU').replace('6.1.0-32-amd64', '\u009b2J');
  const text = linesOf(hostile);
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('\\u{1b}[31m\\u{202e}CPU');
});
