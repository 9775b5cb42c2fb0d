/** What differs between the systems: like is compared with like, and doubts are told. */
import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import { readFacts } from '../../../src/benchmarks/facts-file.js';
import { FACT_NAMES, type SystemFacts } from '../../../src/benchmarks/model.js';
import { codesOf, series, side } from './sides.js';

type Stated = Readonly<Record<string, SystemFacts>>;

const VALUES = [5, 5.1, 5.2, 5.3];
const between = (native: Stated, vm: Stated) =>
  compare({ native: side([series('a', VALUES)], native), vm: side([series('a', VALUES)], vm) });
const differences = (native: Stated, vm: Stated) =>
  between(native, vm).differences.map(({ fact, native: a, vm: b }) => [fact, a, b]);

describe('differences', () => {
  it('are facts that both sides state, and not alike', () => {
    expect(
      differences({ x: { cpus: 16, kernel: '6.1', governor: 'powersave' } }, { x: { cpus: 4, kernel: '6.1' } }),
    ).toEqual([['cpus', 16, 4]]);
  });

  it('of measured sizes begin at 2 %, of counts at once', () => {
    const differs = (native: SystemFacts, vm: SystemFacts) => differences({ x: native }, { x: vm }).length > 0;
    expect(differs({ memoryBytes: 1000e6 }, { memoryBytes: 985e6 })).toBe(false);
    expect(differs({ memoryBytes: 1000e6 }, { memoryBytes: 975e6 })).toBe(true);
    expect(differs({ cpus: 200 }, { cpus: 199 })).toBe(true);
    expect(differs({ cpuMhz: 2600 }, { cpuMhz: 2601.5 })).toBe(false);
  });

  it('are looked for between results of one program first, since programs write facts in their own ways', () => {
    const native = { 'stress-ng': { kernel: '6.1.0-13-amd64' }, iperf3: { kernel: '6.1.0' } };
    expect(differences(native, { iperf3: { kernel: '6.1.0' } })).toEqual([]);
    expect(differences(native, { iperf3: { kernel: '6.2.0' } })).toEqual([['kernel', '6.1.0', '6.2.0']]);
    expect(differences({ iperf3: { kernel: '6.1.0' } }, { phoronix: { kernel: '6.2.0' } })).toHaveLength(1);
  });

  it('are those of what was given on purpose, also for one side only', () => {
    const results = { iperf3: { kernel: '6.1.0', cpus: 2 } };
    const given = { facts: { kernel: '5.4' }, ...results };
    expect(differences(results, given)).toEqual([['kernel', '6.1.0', '5.4']]);
    expect(differences(given, given)).toEqual([]);
  });

  it('of programs are looked for between results of one program only', () => {
    const native = { fio: { tool: 'fio-3.33' }, sysbench: { tool: 'sysbench 1.0.20' } };
    expect(differences(native, { sysbench: { tool: 'sysbench 1.0.20' } })).toEqual([]);
    expect(differences(native, { fio: { tool: 'fio-3.35' }, sysbench: { tool: 'sysbench 1.0.20' } })).toEqual([
      ['tool', 'fio-3.33', 'fio-3.35'],
    ]);
    expect(differences({ fio: { tool: 'fio-3.33' } }, { iperf3: { tool: 'iperf 3.12' } })).toEqual([]);
  });

  it('of clock rates count only where the model of the CPU is not known', () => {
    const [native, vm] = [{ cpuMhz: 4700 }, { cpuMhz: 2600 }];
    expect(differences({ x: native }, { x: vm })).toEqual([['cpuMhz', 4700, 2600]]);
    const cpuModel = 'Example 9000';
    expect(differences({ x: { ...native, cpuModel } }, { x: { ...vm, cpuModel } })).toEqual([]);
  });

  it('of mitigations show only what differs', () => {
    const common = 'meltdown: PTI; spectre_v2: Retpolines; IBPB: conditional; STIBP: disabled';
    const native = `${common}; tsx_async_abort: Clear CPU buffers; SMT vulnerable`;
    const vm = `l1tf: PTE Inversion; ${common}; tsx_async_abort: Vulnerable`;
    expect(differences({ x: { mitigations: native } }, { x: { mitigations: vm } })).toEqual([
      [
        'mitigations',
        'tsx_async_abort: Clear CPU buffers; SMT vulnerable; l1tf: not stated',
        'tsx_async_abort: Vulnerable; l1tf: PTE Inversion',
      ],
    ]);
  });

  it('have a reason each, and being virtualized is none', () => {
    const native = Object.fromEntries(FACT_NAMES.map((name) => [name, 'one']));
    const vm = Object.fromEntries(FACT_NAMES.map((name) => [name, 'another']));
    const found = between({ x: native }, { x: vm }).differences;
    expect(found.map(({ fact }) => fact)).toEqual(
      FACT_NAMES.filter((name) => name !== 'virtualization' && name !== 'cpuMhz'),
    );
    for (const { why } of found) expect(why).toMatch(/\w{3}/);
  });
});

describe('doubts', () => {
  it('that the native side is virtual itself, and the VM is not', () => {
    expect(codesOf(between({ x: { virtualization: 'kvm' } }, { x: { virtualization: 'kvm' } }))).toEqual([
      'native-is-virtual',
    ]);
    expect(codesOf(between({ x: { virtualization: 'none' } }, { x: { virtualization: 'none' } }))).toEqual([
      'vm-is-native',
    ]);
    expect(codesOf(between({ x: { virtualization: 'none' } }, { x: { virtualization: 'qnx' } }))).toEqual([]);
  });

  it('that results of one side come from several systems', () => {
    const { issues, facts } = between({ a: { cpus: 4, cpuMhz: 2000 }, b: { cpus: 8, cpuMhz: 3000 } }, {});
    expect(issues.map(({ code, message }) => [code, /cpus: 4, and here 8/.test(message)])).toEqual([
      ['facts-disagree', true],
    ]);
    expect(facts.native).toEqual({ cpus: 4, cpuMhz: 2000 });
  });
});

describe('a file of facts', () => {
  it('of which the file is no JSON: the issue says what would be', () => {
    const read = readFacts('cpus: 4', 'facts.yaml');
    const issue = read.ok ? undefined : read.issue;
    expect(issue).toMatchObject({ code: 'not-json', source: 'facts.yaml' });
    const [example] = /\{.*?\}/.exec(issue!.hint!)!;
    expect(readFacts(example, 'example')).toMatchObject({ ok: true, value: { issues: [] } });
  });

  const read = (value: unknown) => readFacts(typeof value === 'string' ? value : JSON.stringify(value), 'facts.json');

  it('is an object of known names, alone or as in JSON lines', () => {
    const facts = { cpus: 4, kernel: '6.1.0' };
    for (const text of [facts, { facts }]) {
      const file = read(text);
      expect(file).toMatchObject({ ok: true, value: { facts, series: [], issues: [] } });
    }
  });

  it('names what it cannot use', () => {
    const file = read({ cpus: 4, kernel: ['6.1'], nonsense: 1, memoryBytes: null });
    expect(file).toMatchObject({ ok: true, value: { facts: { cpus: 4 }, issues: [{ code: 'unknown-fact' }] } });
    if (file.ok) expect(file.value.issues[0].message).toMatch(/kernel, nonsense, memoryBytes$/);
  });

  it.each([['{"cpus": '], [[]], [null], [{}], [{ nonsense: 1 }], ['4'], ['"cpus"']])('refuses %j', (text) => {
    expect(read(text)).toMatchObject({ ok: false, issue: { source: 'facts.json' } });
  });

  it('has no facts from a prototype', () => {
    expect(read('{"__proto__": {"cpus": 4}, "kernel": "6.1"}')).toMatchObject({
      ok: true,
      value: { facts: { kernel: '6.1' } },
    });
  });
});
