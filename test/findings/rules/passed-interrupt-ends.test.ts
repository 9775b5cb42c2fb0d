import { describe, expect, test } from 'vitest';
import { passedInterruptEnds as rule } from '../../../src/findings/rules/passed-interrupt-ends.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, exitRow } from '../../support/evidence.js';

const exits = [
  exitRow({ cause: 'interrupt', reason: 'EXTERNAL_INTERRUPT', count: 1000, ledgerNs: { hypervisor: 8e7 } }),
  exitRow({ cause: 'timer', reason: 'timer', count: 1000, ledgerNs: { hypervisor: 5e7 } }),
];
const withPass = (pass: string) =>
  evidence({
    exits,
    configurations: new Map([['vm1', [configurationOf(`system guest\ncpu\n${pass}\n`, { source: 'vm.qvmconf' })]]]),
  });

/** Made by hand; what it finds in the trace of a simulated host, and that its cost is the truth, is in ../qnx-hosts.test.ts. */
describe('passed-interrupt-ends', () => {
  test('fires for a passed interrupt without the flag u, and points to its line', () => {
    const [finding] = rule.find(withPass('pass loc mem:0xfe204000,0x1000,rwn intr gic:44=150'), []);
    expect([finding.costNs, finding.gain.mostNs, finding.gain.likelyNs]).toEqual([8e7, 4e7, 2e7]);
    expect(finding.evidence).toContain('gic:44');
    expect(finding.references).toContainEqual({ kind: 'configuration', source: 'vm.qvmconf', line: 3 });
  });

  test('what it advises is read as that flag', () => {
    expect(rule.find(withPass(rule.knobs[0].text), [])).toEqual([]);
  });

  test.each([
    ['nothing is passed', 'vdev virtio-console loc 0x20000000 intr gic:42'],
    ['only memory is passed', 'pass loc mem:0xfe204000,0x1000,rwn'],
  ])('is silent where %s', (_name, text) => {
    expect(rule.find(withPass(text), [])).toEqual([]);
  });

  test('is silent without a configuration, without interrupts, and where another finding has them', () => {
    const given = withPass('pass loc mem:0xfe204000,0x1000,rwn intr gic:44=150');
    expect(rule.find({ ...given, configurations: new Map() }, [])).toEqual([]);
    expect(rule.find({ ...given, exits: [] }, [])).toEqual([]);
    expect(rule.find(given, rule.find(given, []))).toEqual([]);
  });
});
