/** Facts of a host that cannot be the one that was recorded: both values are said, and nothing is made of the facts. */
import { describe, expect, test } from 'vitest';
import { otherHost, type RecordedHost } from '../../src/explain/other-host.js';
import { explanationOf } from '../support/explained.js';
import { hostOf } from '../support/host-facts.js';
import { scenario } from '../support/recordings.js';

const KERNEL = '/proc/sys/kernel/osrelease';
/** What uname said when the bundled recordings of KVM on x86 were made: trace-cmd and perf wrote it down. */
const RECORDED_KERNEL = '6.1.0-56-cloud-amd64';

const ofTrace = scenario('i1-overcommit-unpinned', 'trace.dat')!;
const ofPerf = scenario('c1-ide-read', 'perf-kvm.data')!;

describe('a recording with facts of', () => {
  test('its own host: they are used', async () => {
    const host = hostOf({ [KERNEL]: RECORDED_KERNEL, 'uname -m': 'x86_64', '/sys/devices/system/cpu/online': '0-1' });
    const { host: used, quality } = await explanationOf(ofTrace, 'trace.dat', { host });
    expect(used).toEqual(host);
    expect(quality.issues.map(({ code }) => code)).not.toContain('facts-of-another-host');
  });

  test('a host with another kernel: they are not, and raise no confidence', async () => {
    const host = hostOf({ [KERNEL]: '6.18.44-other', '/sys/devices/system/cpu/online': '0-63' });
    const explained = await explanationOf(ofTrace, 'trace.dat', { host });
    const issue = explained.quality.issues.find(({ code }) => code === 'facts-of-another-host');
    expect(issue).toMatchObject({ severity: 'warning' });
    expect(issue?.message).toContain(`kernel ${RECORDED_KERNEL} in the recording, 6.18.44-other in the facts`);
    expect(explained.host).toBeNull();
    const without = await explanationOf(ofTrace, 'trace.dat');
    expect(explained.placement).toEqual(without.placement);
    const told = ({ rule, confidence }: { rule: string; confidence: string }) => `${rule} ${confidence}`;
    const others = explained.findings.filter(({ rule }) => rule !== 'weak-recording');
    expect(others.map(told)).toEqual(without.findings.filter(({ rule }) => rule !== 'weak-recording').map(told));
  });

  test('a CPU of another maker than its exits', async () => {
    const host = hostOf({ '/proc/cpuinfo': 'flags : fpu vme vmx ept' });
    const { quality, reasons } = await explanationOf(ofTrace, 'trace.dat', { host });
    expect(new Set(reasons.map(({ vocabulary }) => vocabulary))).toEqual(new Set(['svm']));
    expect(quality.issues.map(({ message }) => message)).toContainEqual(expect.stringContaining('no svm but vmx'));
  });

  test('another kernel than perf wrote down', async () => {
    const host = hostOf({ [KERNEL]: '1.2.3' });
    const { quality } = await explanationOf(ofPerf, 'perf-kvm.data', { host });
    expect(quality.issues.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`kernel ${RECORDED_KERNEL} in the recording, 1.2.3 in the facts`),
    );
  });
});

describe('what is compared', () => {
  const recorded = (given: Partial<RecordedHost>): RecordedHost => ({
    facts: {},
    hypervisor: 'kvm',
    vocabularies: new Set(['svm']),
    pcpus: new Set([0, 1]),
    ...given,
  });
  const cpu = (id: string) => {
    const [vendor, family, model, stepping] = id.split(',');
    const lines = [
      `vendor_id\t: ${vendor}`,
      `cpu family\t: ${family}`,
      `model\t\t: ${model}`,
      `stepping\t: ${stepping}`,
    ];
    return hostOf(lines.map((line) => ['/proc/cpuinfo', line] as const));
  };
  const online = (list: string) => hostOf({ '/sys/devices/system/cpu/online': list });

  test.each([
    ['architecture of exits', hostOf({ 'uname -m': 'aarch64' }), {}, 'architecture x86_64'],
    ['programs of 32 bits', hostOf({ 'uname -m': 'i686' }), {}, undefined],
    ['architecture', hostOf({ 'uname -m': 'x86_64' }), { vocabularies: new Set(['arm64']) }, 'architecture aarch64'],
    ['CPU', cpu('AuthenticAMD,25,1,1'), { facts: { cpuid: 'AuthenticAMD,23,1,2' } }, 'CPU AuthenticAMD,23,1,2'],
    ['the same CPU', cpu('AuthenticAMD,23,1,2'), { facts: { cpuid: 'AuthenticAMD,23,1,2' } }, undefined],
    ['an Arm CPU, written in two ways', cpu('a,1,2,3'), { facts: { cpuid: '0x00000000411fd070' } }, undefined],
    ['pCPUs', online('0-1'), { pcpus: new Set([0, 5]) }, 'events of pCPU 5 in the recording, pCPU 0-1 online'],
    ['more pCPUs than wrote events', online('0-7'), {}, undefined],
    ['the few vCPUs of a dom0', online('0-1'), { hypervisor: 'xen', pcpus: new Set([0, 5]) }, undefined],
    ['a CPU that may not virtualize', hostOf({ '/proc/cpuinfo': 'flags: fpu' }), {}, 'neither svm nor vmx'],
    ['a dom0, from which Xen hides it', hostOf({ '/proc/cpuinfo': 'flags: fpu' }), { hypervisor: 'xen' }, undefined],
    ['another system', online('0-1'), { hypervisor: 'qnx' }, 'of a QNX host, the facts are of Linux'],
    ['nothing that both tell', hostOf({}), { facts: { kernel: '6.1' } }, undefined],
  ])('%s', (_what, host, given, said) => {
    const message = otherHost(host, recorded(given))?.message;
    if (said === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(said);
  });
});
