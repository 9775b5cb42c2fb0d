/** Devices of several guests by their configurations: what may be named, and what must not be. */
import { describe, expect, it, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { qnx } from '../../src/hypervisors/qnx/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import type { GivenConfiguration } from '../../src/platform/configurations/assignment.js';
import { serialConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../../src/simulation/qnx/writers/syspage.js';
import { configurationOf } from '../support/configurations.js';

/** The guest of the demonstration, as often as wanted; all of them print on a serial console. */
function planOf(guests: number, changes: Partial<HostPlan> = {}): HostPlan {
  const plan = serialConsolePlan();
  const [machine] = plan.machines;
  const machines = Array.from({ length: guests }, (_, index) => ({
    ...machine,
    name: `guest-${index}`,
    clockOffset: machine.clockOffset - BigInt(index) * 1_000_000n,
  }));
  return { ...plan, lengthNs: 80_000_000, markers: [], machines, ...changes };
}

async function explained(
  plan: HostPlan,
  configurations: readonly GivenConfiguration[],
  options: ExplainOptions = {},
): Promise<Explanation> {
  const { trace } = simulate(plan);
  const virtualization = plan.architecture === 'x86_64' ? 'vmx' : 'arm';
  const bytes = kevBytes(trace, { syspage: syspageBytes(trace.host, { littleEndian: true, virtualization }) });
  const recording = await qnxKev.open(new MemorySource(bytes, 'host'), { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  const result = await explain(recording.value, qnx, { configurations, ...options });
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

const given = (text: string, machine?: string): GivenConfiguration => ({
  configuration: configurationOf(text),
  ...(machine !== undefined && { machine }),
});
/** By machine: the devices that its exits name. */
const named = ({ devices }: Explanation) => devices.map(({ machine, name }) => `${machine} ${name}`).toSorted();

const SERIAL = 'cpu cpu vdev pl011 loc 0x1c090000 name ';

describe('two guests', () => {
  const plan = planOf(2);

  it('of one configuration each, which is said to be theirs', async () => {
    const explanation = await explained(plan, [given(`${SERIAL}a`, 'vm1'), given(`${SERIAL}b`, 'vm2')]);
    expect(named(explanation)).toEqual(['vm1 pl011 console a', 'vm2 pl011 console b']);
    const rows = explanation.groups.detail.filter(({ key }) => key.includes('0x1c090000'));
    // Both guests' accesses to the address are one row, which is no single device.
    expect(rows.length).toBeGreaterThan(0);
    for (const { device } of rows) expect(device).toBeNull();
    expect(explanation.groups.device.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['pl011 console a', 'pl011 console b']),
    );
  });

  it('whose configurations could be swapped: only what both say is named', async () => {
    const both = [
      given('cpu cpu vdev pl011 loc 0x1c090000 vdev virtio-blk loc 0x1c0d0000'),
      given('cpu cpu vdev pl011 loc 0x1c090000 vdev wdt-sp805 loc 0x1c0d0000'),
    ];
    const { devices, quality } = await explained(plan, both);
    expect([...new Set(devices.map(({ name }) => name))]).toEqual(['pl011 console']);
    expect(new Set(devices.map(({ machine }) => machine)).size).toBe(2);
    const notes = quality.issues.filter(({ code }) => code.startsWith('configuration-'));
    expect(notes).toMatchObject([{ code: 'configuration-unclear', severity: 'note' }]);
    expect(notes[0].hint).toContain('--config vm1=FILE');
  });

  it('and one configuration: nothing is named, and the report says why', async () => {
    const { devices, quality } = await explained(plan, [given(`${SERIAL}a`)]);
    expect(devices).toEqual([]);
    const [issue, ...others] = quality.issues.filter(({ code }) => code.startsWith('configuration-'));
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: 'configuration-unclear', severity: 'note' });
    expect(issue.message).toMatch(/vm1 or vm2/);
  });
});

describe('an x86 guest', () => {
  it('has the console of its configuration, or by convention the first serial port of a PC', async () => {
    const plan = planOf(1, { architecture: 'x86_64', virtualization: 'vmx' });
    expect(named(await explained(plan, []))).toContain('vm1 16550 serial port COM1');
    const configured = named(await explained(plan, [given('cpu cpu vdev ser8250 loc 0x3f8')]));
    expect(configured).toContain('vm1 ser8250 console');
    expect(configured).not.toContain('vm1 16550 serial port COM1');
  });
});

it('an Arm guest has no devices of a PC', async () => {
  expect(named(await explained(planOf(1), []))).toEqual([]);
});

describe('the name of a machine', () => {
  const names = ({ machines }: Explanation) => machines.map(({ name }) => name.replace(/ \(process \d+\)$/, ''));

  it('is that of its configuration, by which it can be chosen', async () => {
    const configurations = [given('system linux-guest cpu cpu')];
    expect(names(await explained(planOf(1), configurations))).toEqual(['linux-guest']);
    const chosen = await explained(planOf(1), configurations, { machine: 'linux-guest' });
    expect(chosen.machines.map(({ id }) => id)).toEqual(['vm1']);
  });

  it('of several is the one of its own', async () => {
    const a = given('system a cpu cpu', 'vm2');
    const b = given('system b cpu cpu', 'vm1');
    expect(names(await explained(planOf(2), [a, b]))).toEqual(['b', 'a']);
    expect((await explained(planOf(2), [a, b], { machine: 'a' })).machines.map(({ id }) => id)).toEqual(['vm2']);
  });

  it.each([
    ['configurations could be swapped', ['system a cpu cpu', 'system b cpu cpu']],
    ['one configuration could be that of both', ['system a cpu cpu', 'system b cpu']],
    ['configurations have none', ['cpu cpu', 'cpu cpu']],
  ])('stays the process where %s', async (_what, texts) => {
    const explanation = await explained(
      planOf(2),
      texts.map((text) => given(text)),
    );
    expect(names(explanation)).toEqual(['qvm', 'qvm']);
  });
});

test('vCPUs in clusters of one pCPU are meant to run there, also where no system page names the clusters', async () => {
  const { trace } = simulate(planOf(1));
  const bytes = kevBytes(trace, { syspage: new Uint8Array(0) });
  const recording = await qnxKev.open(new MemorySource(bytes, 'host'), { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  const result = await explain(recording.value, qnx, {
    configurations: [given('cpu cluster _cpu-1 cpu cluster performance')],
  });
  expect(result.ok && result.value.placement.vcpus.map(({ configured }) => configured)).toEqual([[1], null]);
});
