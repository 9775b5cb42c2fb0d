/** vmtoll explain: what it prints, and where. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Explanation, GROUP_BY } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { shell, vmtoll } from '../support/cli.js';
import { explanationOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { xenRecording } from '../support/xen-recordings.js';

const mixed = scenario('m-mixed', 'trace.dat')!;
const trace = pathIn(mixed, 'trace.dat');
const perf = pathIn(mixed, 'perf.data');

/** No line is so long that it goes on in the next one. */
const WIDE = { env: { COLUMNS: '1000' } };

const json = (...args: string[]): Explanation => {
  const { code, stdout, stderr } = vmtoll(['explain', ...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Explanation;
};

describe('--json', () => {
  test('is one document, the Explanation', async () => {
    expect(json(trace)).toEqual(JSON.parse(JSON.stringify(await explanationOf(mixed, 'trace.dat'))));
  });

  test.each([
    ['trace.dat', trace],
    ['perf.data', perf],
  ])('of %s has the keys that programs rely on', (_file, path) => {
    const outside = ACCOUNTS.filter((account) => account !== 'guest');
    const document = json(path);
    const has = (value: object, keys: readonly string[]) => {
      expect(Object.keys(value)).toEqual(expect.arrayContaining([...keys]));
    };
    has(document, ['version', 'recording', 'machines', 'sources', 'exits', 'culprits', 'findings', 'quality']);
    expect(document.version).toBe(1);
    has(document.recording, ['format', 'hypervisor', 'clock', 'durationNs', 'events', 'lostEvents', 'pcpus']);
    has(document.sources, ['guestExitsNs', 'interruptsNs', 'overloadNs']);
    has(document.quality, ['grade', 'issues']);
    for (const issue of document.quality.issues) has(issue, ['code', 'message']);
    expect(document.machines.length).toBeGreaterThan(0);
    for (const machine of document.machines) {
      has(machine, ['id', 'name', 'vcpus']);
      for (const vcpu of machine.vcpus) {
        has(vcpu, ['id', 'thread', 'durationNs', 'exits', 'ledgerNs']);
        expect(Object.keys(vcpu.ledgerNs)).toEqual([...ACCOUNTS]);
      }
    }
    expect(document.exits.length).toBeGreaterThan(0);
    for (const row of document.exits) {
      has(row, ['machine', 'vcpu', 'cause', 'reason', 'detail', 'device', 'count', 'p50Ns', 'p99Ns', 'maxNs']);
      expect(Object.keys(row.ledgerNs)).toEqual(outside);
    }
    expect(document.culprits.length).toBeGreaterThan(0);
    for (const row of document.culprits) has(row, ['machine', 'vcpu', 'account', 'name', 'ns', 'count']);
  });
});

describe('an interval', () => {
  test('--last', () => {
    const { recording } = json(trace, '--last', '2s');
    const whole = json(trace).recording;
    expect(recording.durationNs).toBe(2e9);
    expect(recording.toNs).toBe(whole.durationNs);
    expect(recording.fromNs).toBe(whole.durationNs - 2e9);
  });

  test('--last longer than the recording is all of it', () => {
    expect(json(trace, '--last', '1m').totals).toEqual(json(trace).totals);
  });

  test('--from and --to, in any unit', () => {
    const { recording, totals } = json(trace, '--from', '10.5', '--to', '11500ms');
    expect([recording.fromNs, recording.toNs, recording.durationNs]).toEqual([10.5e9, 11.5e9, 1e9]);
    expect(totals.durationNs).toBe(totals.vcpus * 1e9);
    expect(json(trace, '--from', '10500000us', '--to', '11.5s').totals).toEqual(totals);
  });

  test('a part of the vCPUs', () => {
    const overcommitted = pathIn(scenario('i1-overcommit-unpinned', 'trace.dat'), 'trace.dat');
    const { machines } = json(overcommitted, '--machine', 'vm1', '--vcpu', '2');
    expect(machines.map(({ id, vcpus }) => [id, vcpus.map((vcpu) => vcpu.id)])).toEqual([['vm1', [2]]]);
  });
});

describe('as text', () => {
  test('the answer comes first, in the three sources', () => {
    const lines = vmtoll(['explain', trace]).stdout.split('\n');
    expect(lines[0]).toMatch(/^1 vCPU of 1 machine on 2 pCPUs over 12\.8 s /);
    const screen = lines.slice(0, 8).join('\n');
    expect(screen).toMatch(/The guests lost .*%/);
    for (const source of ['guest exits', 'interrupts', 'hypervisor overload']) expect(screen).toContain(source);
    expect(lines.slice(0, 16).join('\n')).toMatch(/Data quality [A-F]/);
  });

  test.each(GROUP_BY)('--by %s', (by) => {
    const { code, stdout } = vmtoll(['explain', trace, '--by', by, '--top', '3'], WIDE);
    expect(code).toBe(0);
    const table = stdout
      .split('\n')
      .slice(stdout.split('\n').findIndex((line) => line.startsWith(`Exits by ${by}`)) + 2);
    const rows = table.slice(
      0,
      table.findIndex((line) => line === '' || line.includes('… and')),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(3);
  });

  test('--like perf prints what perf printed', () => {
    const stored = readFileSync(pathIn(mixed, 'perf-kvm-stat-vmexit.txt'), 'utf8');
    const { code, stdout } = vmtoll(['explain', pathIn(mixed, 'perf-kvm.data'), '--like', 'perf']);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(stored.trim());
  });

  test('--like perf is about KVM alone', () => {
    const { code, stderr } = vmtoll(['explain', xenRecording('hvm-idle')!.path, '--like', 'perf']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/hvm-idle\.xen is a recording of Xen/);
  });
});

describe('on a terminal and elsewhere', () => {
  const ESCAPE = '\u001b';

  test('no escape codes where the output is no terminal', () => {
    for (const env of [{}, { NO_COLOR: '', FORCE_COLOR: '1' }]) {
      expect(vmtoll(['explain', trace], { env }).stdout).not.toContain(ESCAPE);
    }
  });

  test('colours on a terminal, none with NO_COLOR', () => {
    // Standard error apart: a slow machine shows progress there.
    const line = `script -qec '$VMTOLL explain '"$1"' 2>/dev/null' /dev/null`;
    expect(shell(line, [trace], { NO_COLOR: '' }).stdout).toContain(`${ESCAPE}[1m`);
    expect(shell(line, [trace], { NO_COLOR: '1' }).stdout).not.toContain(ESCAPE);
  });

  test.each(['', '--json'])('a reader that goes away ends it quietly: explain %s | head -1', (flag) => {
    const line = `$VMTOLL explain "$1" ${flag} --top 100000 | head -1; echo "\${PIPESTATUS[0]}" >&2`;
    const { stdout, stderr } = shell(line, [perf]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe('0\n');
  });

  test('no progress where standard error is no terminal', () => {
    expect(vmtoll(['explain', trace]).stderr).toBe('');
  });
});

test('commands to copy are printed whole', async () => {
  const path = pathIn(mixed, 'perf-kvm.data');
  const { stdout } = vmtoll(['explain', path], WIDE);
  const hints = (await explanationOf(mixed, 'perf-kvm.data')).quality.issues.map(({ hint }) => hint ?? '');
  expect(Math.max(...hints.map((hint) => hint.length))).toBeGreaterThan(200);
  for (const hint of hints) expect(stdout).toContain(hint);
});
