import { describe, expect, test } from 'vitest';
import type { Knob } from '../../src/findings/finding.js';
import { knobsFor } from '../../src/findings/knobs.js';
import { RULES } from '../../src/findings/registry.js';
import { configurationOf } from '../support/configurations.js';
import { evidence } from '../support/evidence.js';

const ALL: readonly Knob[] = RULES.flatMap(({ knobs }) => knobs);
const toolsOf = (configuration: ReturnType<typeof configurationOf>) =>
  new Set(
    knobsFor(evidence({ configurations: new Map([['vm1', [configuration]]]) }), 'vm1', ALL).map(({ tool }) => tool),
  );

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

  test('no option changes the type of a machine', () => {
    expect(ALL.filter(({ text }) => /-machine (?:q35|pc)/.test(text))).toEqual([]);
  });
});
