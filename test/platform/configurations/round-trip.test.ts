/** Whatever machine is written, in whatever layout, is read back. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { configurationOf } from '../../support/configurations.js';
import { isOption, type PlainMachine, printedQvm } from '../../support/qvm-printer.js';

const RUNS = 1000;
const word = fc
  .stringMatching(/^[a-z_][a-z0-9_.-]{0,11}$/)
  .filter((name) => !/^vdev-|-safety$/.test(name) && !isOption(name));
/** Anything printable on one line, also what means something elsewhere. */
const text = fc.oneof(
  fc.stringMatching(/^[ -~]{0,24}$/),
  fc.constantFrom('cpu', '# no comment', '@file', '"', '\\', 'a "b\\" c', 'é ü 漢字 🙂'),
);
const address = fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.bigInt(0n, 2n ** 52n).map(Number));
const pages = fc.integer({ min: 0, max: 2 ** 36 }).map((count) => count * 4096);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const machines: fc.Arbitrary<PlainMachine> = fc.record({
  // "system = x" would be an assignment, as other configurations have them.
  name: text.filter((name) => !name.startsWith('=')),
  vcpus: fc.array(
    fc.record({
      scheduling: optional(
        fc.record({
          policy: fc.constantFrom('round-robin', 'fifo', 'other'),
          priority: fc.integer({ min: 1, max: 255 }),
        }),
      ),
      runmask: optional(fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { minLength: 1, maxLength: 8 })),
      cluster: optional(word),
      partition: optional(word),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  memory: fc.array(fc.tuple(fc.constantFrom('ram', 'rom', 'reserved'), optional(pages), pages), { maxLength: 5 }),
  vdevs: fc.array(
    fc.record({
      type: fc.oneof(fc.constantFrom('pl011', 'gic', 'virtio-net', 'ser8250', 'shmem', '8259'), word),
      name: optional(text),
      window: optional(fc.record({ space: fc.constantFrom('mmio', 'port'), start: address })),
      interrupts: fc.array(fc.tuple(word, fc.nat({ max: 1023 })), { maxLength: 3 }),
    }),
    { maxLength: 6 },
  ),
  passed: fc.array(
    fc.record({
      start: address,
      length: address,
      host: optional(address),
      interrupt: optional(fc.tuple(fc.nat({ max: 1023 }), fc.nat({ max: 1023 }), fc.boolean())),
    }),
    { maxLength: 4 },
  ),
  variables: fc.array(fc.tuple(word, text), { maxLength: 4 }),
  commandLine: optional(text),
});

test('a machine is what was written', () => {
  fc.assert(
    fc.property(machines, fc.infiniteStream(fc.nat()), (machine, choices) => {
      const written = printedQvm(machine, (count) => choices.next().value % count);
      const { issues, ...read } = configurationOf(written);
      expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(plainOf(read)).toEqual(machine);
    }),
    { numRuns: RUNS },
  );
});

/** What is read, reduced to what was written. */
function plainOf(read: Omit<ReturnType<typeof configurationOf>, 'issues'>): PlainMachine {
  const vdevs = read.devices.filter(({ kind }) => kind !== 'passed-through');
  const passed = read.devices.filter(({ kind }) => kind === 'passed-through');
  return {
    name: read.name!,
    vcpus: read.vcpus.map(({ scheduling, runmask, cluster, partition }) => ({
      scheduling: scheduling && { policy: scheduling.policy as 'fifo', priority: scheduling.priority },
      runmask,
      cluster,
      partition,
    })),
    memory: read.memory.map(({ kind, start, length }) => [kind, start, length!]),
    vdevs: vdevs.map(({ type, name, windows, interrupts }) => ({
      type,
      name,
      window: windows.length === 0 ? null : { space: windows[0].space, start: windows[0].start },
      interrupts: interrupts.map(({ controller, line }) => [controller, line!]),
    })),
    passed: passed.map(({ windows: [window], interrupts: [interrupt] }) => ({
      start: window.start,
      length: window.length!,
      host: window.host,
      interrupt: interrupt === undefined ? null : [interrupt.line!, interrupt.host!, interrupt.flags.join() === 'u'],
    })),
    variables: read.variables.map(({ name, value }) => [name, value]),
    commandLine: read.options.find(({ name }) => name === 'cmdline')?.values[0] ?? null,
  };
}
