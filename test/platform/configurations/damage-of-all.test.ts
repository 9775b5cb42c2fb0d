/** Every format: cut anywhere, with bytes changed, and of hostile size, it is read or refused, and nothing is made up. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineConfiguration } from '../../../src/platform/configurations/machine-configuration.js';
import { LONGEST_CONFIGURATION, readConfiguration } from '../../../src/platform/configurations/reading.js';
import { CONFIGURATION_FORMATS } from '../../../src/platform/configurations/registry.js';
import { machineFixtures, machineText } from '../../support/machine-configurations.js';

const SOURCE = 'guest';
const read = (text: string) => readConfiguration({ source: SOURCE, text });

/** What does not hold of something that is read, though it should of anything. */
function faultsOf(machine: MachineConfiguration, text: string): string[] {
  const { devices, memory, vcpus, issues, options, variables, threads, budgets, clock, cpu } = machine;
  const windows = devices.flatMap((device) => device.windows);
  const isExact = (value: number | null) => value === null || (Number.isSafeInteger(value) && value >= 0);
  const numbers = [...windows, ...memory].filter(({ start, length }) => !isExact(start) || !isExact(length));
  const misplaced = vcpus.filter(({ id }, index) => id !== index);
  const lines = text.split('\n');
  const placed = [...devices, ...windows, ...memory, ...issues, ...options, ...variables, ...threads, ...budgets];
  const outside = [...placed, ...clock.timers, ...(cpu?.features ?? [])].filter(({ place }) => {
    if (place === undefined) return false;
    return place.line < 1 || place.line > lines.length || place.column > lines[place.line - 1].length + 1;
  });
  return [...numbers, ...misplaced, ...outside].map((fault) => JSON.stringify(fault));
}

const expectSound = (machine: MachineConfiguration, text: string) => expect(faultsOf(machine, text)).toEqual([]);

describe.each(machineFixtures())('%s', (path) => {
  const text = machineText(path);

  it('is read without an error', () => {
    const whole = read(text);
    expect(whole.ok && whole.value.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('cut anywhere is read, or refused', () => {
    for (let end = 0; end <= text.length; end += end < DENSE ? 1 : SPARSE) {
      const part = text.slice(0, end);
      const result = read(part);
      if (result.ok) expectSound(result.value, part);
      else expect(['empty-input', 'unknown-configuration']).toContain(result.issue.code);
    }
  });

  it('with bytes changed is read, or refused', () => {
    const bytes = new TextEncoder().encode(text);
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const damaged = bytes.slice();
        for (const [position, value] of changes) damaged[position] = value;
        const written = new TextDecoder().decode(damaged);
        const result = read(written);
        if (result.ok) expectSound(result.value, written.replace(/^\uFEFF/, ''));
        else expect(['empty-input', 'unknown-configuration']).toContain(result.issue.code);
      }),
      { numRuns: 100 },
    );
  });
});

/** Long texts, whose lines are much alike, are cut at every place only in their first part. */
const DENSE = 3000;
const SPARSE = 29;

/** As long as is read at all; a reader that looked back or ahead over all of it for every word would not end in time. */
const longest = (unit: string, before = '') =>
  before + unit.repeat(Math.floor((LONGEST_CONFIGURATION - before.length) / unit.length));

const QEMU = 'qemu-system-x86_64 -S ';
const XL = 'name = "a"\n';
const JSON_HEAD = '{"boot-source": {}, ';

describe('hostile sizes', () => {
  it.each([
    ['devices of QEMU', longest('-device e1000 ', QEMU)],
    ['ids of QEMU', longest('-netdev user,id=n ', QEMU)],
    ['settings of one option', longest('a=b,', `${QEMU}-device `)],
    ['commas', longest(',', `${QEMU}-device `)],
    ['JSON of QEMU', longest('[', `${QEMU}-device '{"a":`)],
    ['quotes', longest("'", QEMU)],
    ['double quotes', longest('"', QEMU)],
    ['backslashes', longest('\\', QEMU)],
    ['an open quote', longest('\\"', `${QEMU}"`)],
    ['lines', longest('\n', QEMU)],
    ['joined lines', longest('\\\n', QEMU)],
    ['comments', longest('#\n', QEMU)],
    ['lines that go on', longest('\n-S', QEMU)],
    ['machines', longest('qemu-system-x86_64 -S\n')],
    ['NULs', longest('\0', 'qemu-system-x86_64\0-S')],
    ['words', longest('x ', `${QEMU}-append `)],
    ['serial ports', longest('-serial null ', QEMU)],
    ['drives', longest('-hda a ', QEMU)],
    ['devices in slots', longest('-device virtio-rng-device ', 'qemu-system-aarch64 -M virt ')],
    ['groups', longest('[device]\n')],
    ['settings of a group', longest('a="b"\n', '[device]\n')],
    ['elements', longest('<a>', '<domain>')],
    ['closed elements', longest('<a/>', '<domain><devices>')],
    ['pins', longest('<vcpupin vcpu="1" cpuset="1"/>', '<domain><cputune>')],
    ['attributes', longest(' a="b"', '<domain')],
    ['comments of XML', longest('<!---->')],
    ['declarations', longest('<?x?>')],
    ['a doctype', longest('<!DOCTYPE a [')],
    ['entities', longest('&a;', '<domain><name>')],
    ['I/O threads', `<domain><iothreads>99999999999999</iothreads></domain>`],
    ['vCPUs of libvirt', '<domain><vcpu>99999999999999</vcpu></domain>'],
    ['pCPUs', `<domain><vcpu cpuset="${'0-8191,'.repeat(5000)}0">1</vcpu></domain>`],
    ['objects', longest('{"a":', JSON_HEAD.slice(0, -2))],
    ['arrays', longest('[', `${JSON_HEAD}"drives": `)],
    ['drives of Firecracker', longest('{},', `${JSON_HEAD}"drives": [`)],
    ['members', longest('"a":1,', JSON_HEAD)],
    ['digits', longest('9', `${JSON_HEAD}"machine-config": {"vcpu_count": `)],
    ['escapes', longest('\\u0000', `${JSON_HEAD}"a": "`)],
    ['lists of xl', longest('[', `${XL}disk = `)],
    ['elements of xl', longest('"",', `${XL}disk = [`)],
    ['settings of xl', longest('a=1\n', XL)],
    ['added values', longest('cmdline += "x"\n', XL)],
    ['fields of a disk', longest(',', `${XL}disk = [ "`)],
    ['space', longest(' ', `${XL}vcpus`)],
  ])('%s', (_, text) => {
    const result = read(text);
    if (!result.ok) {
      expect(result.issue.code).toBe('unknown-configuration');
      return;
    }
    const { issues, devices, vcpus, threads } = result.value;
    expect(issues.length).toBeLessThan(200);
    expect(vcpus.length).toBeLessThanOrEqual(4096);
    expect(threads.length).toBeLessThanOrEqual(2048);
    expect(devices.length).toBeLessThanOrEqual(200_000);
  });
});

it('each text is known by one format alone', () => {
  for (const path of machineFixtures()) {
    const text = machineText(path);
    const knowing = CONFIGURATION_FORMATS.filter((format) => format.sniff(text)).map(({ id }) => id);
    expect([path, knowing.length]).toEqual([path, 1]);
  }
});
