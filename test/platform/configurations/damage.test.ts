/** Damaged and hostile configurations: an issue or less is read, never a crash, a hang, or more than was there. */
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { MachineConfiguration } from '../../../src/platform/configurations/machine-configuration.js';
import { qvmConfiguration } from '../../../src/platform/configurations/qvm/index.js';
import { LONGEST_CONFIGURATION, readConfiguration } from '../../../src/platform/configurations/reading.js';
import { configurationOf, filesIn, fixtureText } from '../../support/configurations.js';

const FIXTURES = ['arm-guest', 'linux-guest', 'x86-guest', 'every-option', 'broken'].map((name) => `${name}.qvmconf`);
const include = filesIn({ 'parts/console.qvmconf': fixtureText('parts/console.qvmconf') });
const read = (text: string) => readConfiguration({ source: 'guest.qvmconf', text }, include);

/** What holds of anything that is read. */
function expectSound({ devices, memory, vcpus, issues, options, variables }: MachineConfiguration, text: string): void {
  const windows = devices.flatMap((device) => device.windows);
  for (const value of [...windows, ...memory].flatMap(({ start, length }) => [start, length])) {
    expect(value === null || (Number.isSafeInteger(value) && value >= 0)).toBe(true);
  }
  expect(vcpus.map(({ id }) => id)).toEqual(vcpus.map((_, index) => index));
  const lines = text.split('\n');
  const placed = [...devices, ...windows, ...memory, ...issues, ...options, ...variables];
  for (const { place } of placed) {
    if (place === undefined || place.source !== 'guest.qvmconf') continue;
    expect(place.line).toBeLessThanOrEqual(lines.length);
    expect(place.column).toBeLessThanOrEqual(lines[place.line - 1].length + 1);
  }
}

describe.each(FIXTURES)('%s', (name) => {
  const text = fixtureText(name);

  it('cut anywhere gives what stands before the cut', () => {
    const whole = configurationOf(text, { files: { 'parts/console.qvmconf': fixtureText('parts/console.qvmconf') } });
    for (let end = 0; end <= text.length; end++) {
      const part = text.slice(0, end);
      const result = read(part);
      if (!result.ok) {
        expect(['empty-input', 'unknown-configuration']).toContain(result.issue.code);
        continue;
      }
      expectSound(result.value, part);
      // Only the last device and option can have changed.
      const before = result.value.devices.slice(0, -1);
      expect(before).toEqual(whole.devices.slice(0, before.length));
      expect(result.value.devices.length).toBeLessThanOrEqual(whole.devices.length);
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
        if (result.ok) expectSound(result.value, written);
        else expect(result.issue.code).toBe('unknown-configuration');
      }),
      { numRuns: 500 },
    );
  });
});

test('any text is read, or refused', () => {
  const words = 'cpu vdev pass loc intr set reserve load fdt @x " \' \\ # \n \r\n = , : 0x gic:1 pl011 sched s'.split(
    ' ',
  );
  const pieces = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 6 })));
  fc.assert(
    fc.property(pieces, fc.constantFrom(' ', '', '\n'), (parts, separator) => {
      const text = `cpu\n${parts.join(separator)}`;
      const result = read(text);
      if (result.ok) expectSound(result.value, text);
      else expect(result.issue.code).toBe('unknown-configuration');
    }),
    { numRuns: 2000 },
  );
});

/** As long as is read at all; a reader that looked back or ahead over all of it for every word would not end in time. */
const longest = (unit: string, before = '') =>
  before + unit.repeat(Math.floor((LONGEST_CONFIGURATION - before.length) / unit.length));

describe('hostile sizes', () => {
  it.each([
    ['quotes that never close', longest('"\\"\n', 'cpu\n')],
    ['quotes that close', longest('""', 'cpu\ncmdline ')],
    ['quotes that hide their end', longest('\\"', 'cpu\ncmdline "')],
    ['options of one device', longest('a\n', 'vdev pl011\n')],
    ['locations of one device', longest('loc 1 ', 'vdev pl011\n')],
    ['locations passed through', longest('loc 1 ', 'pass ')],
    ['devices', longest('vdev x loc 0 ')],
    ['vCPUs', longest('cpu ')],
    ['pCPUs of a vCPU', longest('1,', 'cpu runmask ')],
    ['interrupts', longest('a:1,', 'vdev x intr ')],
    ['digits', longest('9', 'ram ')],
    ['commas', longest(',', 'pass loc 1')],
    ['comments', longest('#\n', 'cpu\n')],
    ['joined lines', longest('\\\n', 'cpu\n')],
    ['values of an unknown option', longest('x ', 'cpu\n')],
    ['one word', longest('x', 'cpu ')],
  ])('%s', (_, text) => {
    // Not by way of `readConfiguration`, which does not take all of them for a configuration.
    const { issues, devices, vcpus, options } = qvmConfiguration.read({ source: 'guest.qvmconf', text }, include);
    expect(issues.length).toBeLessThan(100);
    expect(devices.length + vcpus.length + options.length).toBeLessThanOrEqual(65_537);
  });

  it('are refused above a limit', () => {
    const result = read(`cpu ${'x'.repeat(LONGEST_CONFIGURATION)}`);
    expect(result.ok ? 'ok' : result.issue.code).toBe('too-large');
  });

  it('says that options are left out', () => {
    const { issues, vcpus } = configurationOf(longest('cpu '));
    expect(vcpus.length).toBe(65_536);
    expect(issues.map(({ code }) => code)).toEqual(['too-many-options']);
  });
});

describe('includes', () => {
  const codes = (text: string, files: Readonly<Record<string, string>>) =>
    configurationOf(text, { files }).issues.map(({ code, place }) => `${code} ${place?.source}:${place?.line}`);

  it('of itself are refused, at once or through others, also as the last word of a file', () => {
    const self = { 'guest.qvmconf': 'cpu\n@guest.qvmconf' };
    expect(codes(self['guest.qvmconf'], self)).toEqual(['include-cycle guest.qvmconf:2']);
    const ring = { 'guest.qvmconf': 'cpu @a', a: 'cpu @b', b: 'cpu @guest.qvmconf cpu' };
    expect(codes(ring['guest.qvmconf'], ring)).toEqual(['include-cycle b:1']);
    expect(configurationOf(ring['guest.qvmconf'], { files: ring }).vcpus.length).toBe(4);
  });

  it('of one file twice are none', () => {
    const { vcpus, issues } = configurationOf('@a @b @a', { files: { a: 'cpu', b: '@a cpu' } });
    expect(vcpus.length).toBe(4);
    expect(issues).toEqual([]);
  });

  it('are read in their place, and continue the context around them', () => {
    const { devices, vcpus } = configurationOf('vdev pl011 @loc\n intr gic:1\ncpu', { files: { loc: 'loc 0x1000' } });
    expect(vcpus.length).toBe(1);
    expect(devices[0]).toMatchObject({
      windows: [{ start: 0x1000, place: { source: 'loc' } }],
      interrupts: [{ line: 1 }],
    });
  });

  it('end at a depth', () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, depth) => [`f${depth}`, `cpu @f${depth + 1}`]));
    const { vcpus, issues } = configurationOf('cpu @f0', { files });
    expect(vcpus.length).toBe(8);
    expect(issues).toMatchObject([{ code: 'too-many-includes', place: { source: 'f6' } }]);
  });

  it('end at a number, however they multiply', () => {
    const files = Object.fromEntries(
      Array.from({ length: 7 }, (_, depth) => [`f${depth}`, `cpu ${`@f${depth + 1} `.repeat(10)}`]),
    );
    const { vcpus, issues } = configurationOf('cpu @f0', { files });
    expect(vcpus.length).toBe(65);
    expect(issues.every(({ code }) => code === 'too-many-includes' || code === 'include-failed')).toBe(true);
  });

  it('end at a size', () => {
    const files = { big: `# ${'x'.repeat(1_500_000)}\ncpu\n` };
    const { vcpus, issues } = configurationOf('cpu @big @big', { files });
    expect(vcpus.length).toBe(2);
    expect(issues).toMatchObject([{ code: 'too-large' }]);
  });
});
