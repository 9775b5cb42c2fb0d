import { describe, expect, test } from 'vitest';
import type { Knob } from '../../src/findings/finding.js';
import { knobsFor } from '../../src/findings/knobs.js';
import { RULES } from '../../src/findings/registry.js';
import { isQemu } from '../../src/findings/vmm-names.js';
import { configurationOf } from '../support/configurations.js';
import { evidence, machine, vcpu } from '../support/evidence.js';

const ALL: readonly Knob[] = RULES.flatMap(({ knobs }) => knobs);
const toolsOf = (configuration: ReturnType<typeof configurationOf>) =>
  new Set(
    knobsFor(evidence({ configurations: new Map([['vm1', [configuration]]]) }), 'vm1', ALL).map(({ tool }) => tool),
  );

describe('what a knob does', () => {
  const knobs: readonly Knob[] = [
    { tool: 'libvirt XML', text: '<a/>', does: 'pins all vCPUs: one line each' },
    { tool: 'xl configuration', text: 'cpus = "1"', does: 'likewise, at once' },
    { tool: 'shell in the guest', text: 'true', does: 'likewise' },
  ];
  const told = (hypervisor: string) => {
    const { recording } = evidence();
    return knobsFor(evidence({ recording: { ...recording, hypervisor } }), 'vm1', knobs).map(({ does }) => does);
  };

  test('is said by each that refers to one which is not told here', () => {
    expect(told('xen')).toEqual(['pins all vCPUs, at once', 'likewise']);
    expect(told('kvm')).toEqual(['pins all vCPUs: one line each', 'likewise']);
  });

  test('no advice for a hypervisor begins with a reference to what is not there', () => {
    for (const hypervisor of ['kvm', 'qnx', 'xen']) {
      for (const { id, knobs: own } of RULES) {
        const { recording } = evidence();
        const [first] = knobsFor(evidence({ recording: { ...recording, hypervisor } }), 'vm1', own);
        expect(first?.does ?? '', `${id} on ${hypervisor}`).not.toMatch(/^likewise/);
      }
    }
  });
});

describe('advice is for the VMM of the machine', () => {
  test('Firecracker is not told options of QEMU or libvirt, machines without a configuration are', () => {
    const firecracker = configurationOf(
      '{"boot-source":{"kernel_image_path":"k"},"machine-config":{"vcpu_count":1,"mem_size_mib":64},"drives":[]}',
      {
        source: 'vm.json',
      },
    );
    expect(firecracker.format).toBe('firecracker');
    const tools = toolsOf(firecracker);
    expect([...tools]).toContain('shell on the host');
    expect([...tools]).not.toContain('QEMU option');
    expect([...tools]).not.toContain('libvirt XML');
    expect(knobsFor(evidence(), 'vm1', ALL).some(({ tool }) => tool === 'QEMU option')).toBe(true);
  });

  test.each([
    ['fc_vcpu 0', false],
    ['vcpu0', false],
    ['crosvm_vcpu0', false],
    ['kvm-vcpu-0', false],
    ['CPU 0/KVM', true],
    ['qemu-system-aar', true],
    ['kvm', true],
    [undefined, true],
  ])('a vCPU thread called %s: options of QEMU %s', (threadName, isTold) => {
    const named = { ...vcpu(0), ...(threadName !== undefined && { threadName }) };
    const given = evidence({ machines: [machine('vm1', named)] });
    for (const id of ['vm1', null]) {
      const tools = new Set(knobsFor(given, id, ALL).map(({ tool }) => tool));
      expect([tools.has('QEMU option'), tools.has('libvirt XML')]).toEqual([isTold, isTold]);
      expect(tools.has('shell on the host')).toBe(true);
    }
  });

  test('the name of the process tells as well', () => {
    const named = { ...machine('vm1', vcpu(0)), process: 7, name: 'firecracker (process 7)' };
    expect(isQemu(named)).toBe(false);
    expect(isQemu({ ...named, name: 'qemu-system-x86 (process 7)' })).toBe(true);
  });

  test('no option changes the type of a machine', () => {
    expect(ALL.filter(({ text }) => /-machine (?:q35|pc)/.test(text))).toEqual([]);
  });
});
