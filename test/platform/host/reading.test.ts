/** Facts of a host as text: what is in them, in both forms, damaged, and from the future. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { array, assert, nat, property, record, string, uniqueArray } from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readHostPath } from '../../../src/node/host-files.js';
import { cpuListText, parseCpuList } from '../../../src/platform/host/cpu-list.js';
import { readFactBundle } from '../../../src/platform/host/fact-files.js';
import type { HostPlatform } from '../../../src/platform/host/host-platform.js';
import { readHostFacts } from '../../../src/platform/host/reading.js';

const FIXTURE = 'fixtures/host/two-sockets.txt';
const text = readFileSync(FIXTURE, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

function understood(bundle: string): HostPlatform {
  const files = readFactBundle(bundle, 'host.txt');
  if (!files.ok) throw new Error(files.issue.message);
  return readHostFacts(files.value);
}

const host = understood(text);

const parameter = (all: readonly { readonly value: string }[], value: string) => all.find((one) => one.value === value);

describe('a server with two sockets', () => {
  test('pCPUs, cores, sockets and what they share', () => {
    expect(host.pcpus.map(({ pcpu, package: socket, node, siblings }) => [pcpu, socket, node, siblings])).toEqual([
      [0, 0, 0, [0, 4]],
      [1, 0, 0, [1, 5]],
      [2, 1, 1, [2, 6]],
      [3, 1, 1, [3, 7]],
      [4, 0, 0, [0, 4]],
      [5, 0, 0, [1, 5]],
      [6, 1, 1, [2, 6]],
      [7, 1, 1, [3, 7]],
    ]);
    expect(host.pcpus.filter(({ isolated }) => isolated).map(({ pcpu }) => pcpu)).toEqual([2, 3, 6, 7]);
    // A cluster number of 65535 is the kernel's word for none.
    expect(host.pcpus.every(({ cluster }) => cluster === null)).toBe(true);
    expect(host.caches.filter(({ level }) => level === 3)).toEqual([
      { level: 3, type: 'Unified', bytes: 24 * 1024 * 1024, pcpus: [0, 1, 4, 5] },
      { level: 3, type: 'Unified', bytes: 24 * 1024 * 1024, pcpus: [2, 3, 6, 7] },
    ]);
    expect(host.caches.length).toBe(4 * 3 + 2);
    expect(host.nodes).toEqual([
      { node: 0, pcpus: [0, 1, 4, 5], memoryBytes: 32_903_176 * 1024, distances: [10, 21] },
      { node: 1, pcpus: [2, 3, 6, 7], memoryBytes: 32_903_176 * 1024, distances: [21, 10] },
    ]);
  });

  test('frequencies and idle states, in Hz and ns', () => {
    expect(host).toMatchObject({ smt: true, boost: true, idleDriver: 'intel_idle', idleGovernor: 'menu' });
    expect(host.pcpus[2]).toMatchObject({ governor: 'powersave', minHz: 800e6, maxHz: 3.4e9 });
    expect(host.idleStates).toEqual([
      { name: 'POLL', latencyNs: 0, residencyNs: 0, enabledOn: [0, 1, 2, 3, 4, 5, 6, 7] },
      { name: 'C1', latencyNs: 1000, residencyNs: 1000, enabledOn: [0, 1, 2, 3, 4, 5, 6, 7] },
      { name: 'C6', latencyNs: 170_000, residencyNs: 600_000, enabledOn: [0, 1, 4, 5] },
    ]);
  });

  test('a VMM with its threads: where they may run, how they are scheduled, what holds them back', () => {
    const [vmm] = host.vmms;
    expect(vmm).toMatchObject({ process: 2210, name: 'qemu-system-x86' });
    const vcpu0 = '/machine.slice/machine-qemu\\x2d1\\x2dguest.scope/libvirt/vcpu0';
    expect(
      vmm.threads.map(({ thread, allowed, policy, priority, nice }) => [thread, allowed, policy, priority, nice]),
    ).toEqual([
      [2210, [0, 1, 4, 5], 'other', 0, 0],
      [2214, [2], 'fifo', 1, 0],
      [2215, [6], 'fifo', 1, 0],
      [2216, [0, 1, 4, 5], 'other', 0, -5],
    ]);
    // A name may hold what looks like the end of one.
    expect(vmm.threads[3].name).toBe('IO mon (iothr) 1');
    expect(vmm.threads[1].cpuGroup).toBe(vcpu0);
    expect(host.controlGroups.find(({ path }) => path === vcpu0)).toEqual({
      path: vcpu0,
      quotaPcpus: 0.5,
      periodNs: 100e6,
      pcpus: [2],
      periods: 1200,
      throttledPeriods: 400,
      throttledNs: 9e9,
    });
    expect(host.kernelThreads.map(({ name, allowed }) => [name, allowed?.length])).toEqual([['vhost-2210', 8]]);
  });

  test('parameters, memory, mitigations, interrupts', () => {
    expect(host.moduleParameters).toContainEqual({ module: 'kvm', name: 'halt_poll_ns', value: '200000' });
    expect(host.moduleParameters).toContainEqual({ module: 'kvm_intel', name: 'enable_apicv', value: 'N' });
    expect(host.hugePages).toEqual({
      transparent: 'madvise',
      defrag: 'madvise',
      pools: [
        { bytes: 2 ** 21, total: 1024, free: 512 },
        { bytes: 2 ** 30, total: 0, free: 0 },
      ],
    });
    expect(host.mitigations).toContainEqual({ name: 'meltdown', value: 'Not affected' });
    expect(host).toMatchObject({ clocksource: 'tsc', clocksources: ['tsc', 'hpet', 'acpi_pm'], isGuest: false });
    expect(host.interrupts.map(({ handlers, effective }) => [handlers, effective])).toEqual([
      ['nvme0q1', [0]],
      ['eth0-TxRx-0', [2]],
    ]);
    expect(host.issues).toEqual([]);
  });
});

test('the same facts from a folder with copies of the files', () => {
  const root = join(folder, 'copied');
  const files = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [path, ...rest] = line.split('\t');
    if (path.startsWith('/')) files.set(path, `${files.get(path) ?? ''}${rest.join('\t')}\n`);
  }
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  // Not of a VMM: it must not be taken for one.
  mkdirSync(join(root, 'proc/1/task/1'), { recursive: true });
  writeFileSync(join(root, 'proc/1/comm'), 'init\n');
  writeFileSync(join(root, 'proc/1/task/1/comm'), 'init\n');
  // As on a running host, a file beside the folders that are looked for.
  writeFileSync(join(root, 'proc/irq/default_smp_affinity'), 'ff\n');
  writeFileSync(join(root, 'proc/2'), '');
  const copied = readHostPath(root);
  if (!copied.ok) throw new Error(copied.issue.message);
  const sorted = ({ mitigations, moduleParameters, ...rest }: HostPlatform) => ({
    ...rest,
    mitigations: [...mitigations].sort((a, b) => (a.name < b.name ? -1 : 1)),
    moduleParameters: [...moduleParameters].sort((a, b) => (a.module + a.name < b.module + b.name ? -1 : 1)),
    controlGroups: [...rest.controlGroups].sort((a, b) => (a.path < b.path ? -1 : 1)),
  });
  // The kernel has no file that says this.
  const expected = { ...host, source: root, architecture: null };
  expect(sorted(copied.value)).toEqual(sorted(expected));
});

describe('control groups of version 1', () => {
  const v1 = understood(`vmtoll host facts 1
/proc/7/comm\tkvm
/proc/7/task/7/comm\tkvm
/proc/7/task/7/cgroup\t4:memory:/a
/proc/7/task/7/cgroup\t3:cpu,cpuacct:/machine/vm: one
/proc/7/task/7/cgroup\t0::/
/sys/fs/cgroup/cpu,cpuacct/machine/vm: one/cpu.cfs_quota_us\t150000
/sys/fs/cgroup/cpu,cpuacct/machine/vm: one/cpu.cfs_period_us\t100000
/sys/fs/cgroup/cpu,cpuacct/machine/vm: one/cpu.stat\tnr_periods 10
/sys/fs/cgroup/cpu,cpuacct/machine/vm: one/cpu.stat\tnr_throttled 4
/sys/fs/cgroup/cpu,cpuacct/machine/vm: one/cpu.stat\tthrottled_time 123456
/sys/fs/cgroup/cpu,cpuacct/machine/cpu.cfs_quota_us\t-1
/sys/fs/cgroup/cpu,cpuacct/machine/cpu.cfs_period_us\t100000
end`);

  test('have their quota in two files, and their throttled time in ns', () => {
    const [{ cpuGroup }] = v1.vmms[0].threads;
    expect(cpuGroup).toBe('/cpu,cpuacct/machine/vm: one');
    const group = v1.controlGroups.find(({ path }) => path === cpuGroup);
    expect(group).toMatchObject({ quotaPcpus: 1.5, periodNs: 100e6, throttledPeriods: 4, throttledNs: 123_456 });
    expect(v1.controlGroups.find(({ path }) => path === '/cpu,cpuacct/machine')?.quotaPcpus).toBeNull();
  });
});

describe('damage', () => {
  test('what is not facts of a host is refused, with the way to get them', () => {
    const codeOf = (bundle: string) => {
      const files = readFactBundle(bundle, 'x');
      return files.ok ? 'fine' : [files.issue.code, files.issue.hint?.includes('vmtoll facts')];
    };
    expect(codeOf('')).toEqual(['empty-input', undefined]);
    expect(codeOf('{"cpus": 4}')).toEqual(['no-host-facts', true]);
    expect(codeOf('vmtoll host facts 2\nend')).toEqual(['unknown-version', true]);
  });

  test('a cut file is said to be cut, and what is there is read', () => {
    const cut = understood(text.slice(0, text.length / 2));
    expect(cut.issues.map(({ code }) => code)).toContain('cut-host-facts');
    expect(cut.kernel).toBe('6.1.0-32-amd64');
  });

  test('a fact that cannot be understood is named, and nothing is made of it', () => {
    const bad = understood(text.replace('cpu/online\t0-7', 'cpu/online\t0-99999').replaceAll('\t48K', '\tlarge'));
    expect(bad.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('/sys/devices/system/cpu/online'),
      ...Array(7).fill(expect.stringContaining('cache/index0/size')),
      expect.stringContaining('1 more'),
    ]);
    expect(bad.pcpus.length).toBe(8);
    expect(bad.caches[0].bytes).toBeNull();
  });

  // Each is a line of the fixture, what it is replaced with, and what must not be made of that.
  test.each<[string, string, (host: HostPlatform) => unknown]>([
    ['cpu/online\t0-7', 'cpu/online\t0-1023', ({ pcpus }) => pcpus.length !== 8],
    ['halt_poll_ns\t200000', 'halt_poll_ns\tpotato', ({ moduleParameters }) => parameter(moduleParameters, 'potato')],
    ['enable_apicv\tN', 'enable_apicv\tmaybe', ({ moduleParameters }) => parameter(moduleParameters, 'maybe')],
    ['numa_balancing\t1', 'numa_balancing\tsometimes', ({ settings }) => parameter(settings, 'sometimes')],
    ['enabled\talways [madvise] never', 'enabled\tpotato', ({ hugePages }) => hugePages.transparent],
    ['smt/active\t1', 'smt/active\t7', ({ smt }) => smt !== null],
    ['MemTotal:       65806352 kB', 'MemTotal:       much', ({ memoryBytes }) => memoryBytes],
    ['node0/distance\t10 21', 'node0/distance\tfar', ({ nodes }) => nodes[0].distances.length],
    [
      'nr_periods 1200',
      'nr_periods many',
      ({ controlGroups }) => controlGroups.some(({ periods }) => periods !== null),
    ],
    ['(CPU 0/KVM) S 0', '(CPU 0/KVM) S x', ({ vmms }) => vmms[0].threads[1].policy],
  ])('%s, of which %s is made: it is reported, and not taken', (line, damaged, taken) => {
    expect(text).toContain(line);
    const bad = understood(text.replace(line, damaged));
    const [path] = text
      .split('\n')
      .filter((one) => one.includes(line))[0]
      .split('\t');
    expect(bad.issues).toEqual([
      expect.objectContaining({ code: 'bad-host-fact', message: expect.stringContaining(`${path} holds`) }),
    ]);
    expect(taken(bad)).toBeFalsy();
  });

  test('any lines whatever', () => {
    const lines = text.split('\n');
    const change = record({ line: nat(lines.length - 1), to: string(), at: nat(40) });
    assert(
      property(array(change, { maxLength: 20 }), (changes) => {
        const changed = [...lines];
        for (const { line, to, at } of changes) {
          if (line > 0) changed[line] = changed[line].slice(0, at) + to + changed[line].slice(at + 1);
        }
        const { pcpus, caches } = understood(changed.join('\n'));
        expect(pcpus.length + caches.length).toBeLessThan(20_000);
      }),
      { numRuns: 200 },
    );
  });
});

describe('lists of CPUs', () => {
  test('any set of CPUs is written as Linux does, and read back', () => {
    assert(
      property(uniqueArray(nat(8191), { maxLength: 50 }), (cpus) => {
        const sorted = [...cpus].sort((a, b) => a - b);
        expect(parseCpuList(sorted.length === 0 ? '' : cpuListText(sorted))).toEqual(sorted);
      }),
    );
    expect(cpuListText([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
  });

  test.each(['3-1', '0-8192', 'a', '1,,2', '-1', '0-7:2/4', '99999999999'])('%s is none', (list) => {
    expect(parseCpuList(list)).toBeUndefined();
  });
});

test('the running host itself can be read, whatever ends meanwhile', () => {
  const running = readHostPath('/');
  if (!running.ok) throw new Error(running.issue.message);
  expect(running.value.pcpus.filter(({ online }) => online).length).toBe(
    Number(execFileSync('getconf', ['_NPROCESSORS_ONLN'], { encoding: 'utf8' })),
  );
});

test('a path below a file is an issue', () => {
  expect(readHostPath(`${FIXTURE}/proc`)).toMatchObject({ ok: false, issue: { code: 'cannot-open' } });
});
