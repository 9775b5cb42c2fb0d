/** What differs between the systems of the two sides, beside the virtualization that is to be measured. */
import type { Issue } from '../../base/issue.js';
import { FACT_NAMES, type FactName, type SystemFacts } from '../model.js';
import type { Difference } from './comparison.js';

/** What a difference can do to a comparison. */
const WHY: Readonly<Record<FactName, string>> = {
  cpus: 'parallel benchmarks and background work get more or fewer CPUs on one side',
  memoryBytes: 'caches of the file system and pressure on memory differ',
  cpuModel: 'another CPU, or another one shown to the guest, which then uses other instructions',
  cpuMhz: 'another clock rate',
  architecture: 'another instruction set',
  kernel: 'other versions of the kernel have other costs for system calls, faults and scheduling',
  operatingSystem: 'other libraries and settings',
  virtualization: 'the other side is virtualized in another way',
  clocksource: 'reading the time can cost a device access on one side, and clocks may run apart',
  governor: 'the clock rate of the CPU follows other rules',
  mitigations: 'mitigations of CPU vulnerabilities make system calls, faults and exits dearer',
  filesystem: 'another file system, other costs of input and output',
  compiler: 'the benchmark was built by another compiler',
  build: 'the benchmark was built in another way',
  tool: 'other versions of a benchmark need not do the same work',
};

/** Sizes and frequencies that are measured: closer than this they count as equal. */
const SAME_WITHIN = 0.02;
const NO_VIRTUALIZATION = ['none', 'native', 'bare metal'];

export function differencesOf(native: SystemFacts, vm: SystemFacts): Difference[] {
  return FACT_NAMES.flatMap((fact) => {
    const [a, b] = [native[fact], vm[fact]];
    if (fact === 'virtualization' || a === undefined || b === undefined || isSame(a, b)) return [];
    return [{ fact, native: a, vm: b, why: WHY[fact] }];
  });
}

function isSame(a: string | number, b: string | number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return String(a) === String(b);
  return Math.abs(a - b) <= SAME_WITHIN * Math.max(Math.abs(a), Math.abs(b)) && (!isCount(a, b) || a === b);
}

/** CPUs are counted, not measured. */
const isCount = (a: number, b: number): boolean => Number.isInteger(a) && Number.isInteger(b) && Math.max(a, b) < 1024;

/** Whether the sides are what they are taken for. */
export function sideIssues(native: SystemFacts, vm: SystemFacts): Issue[] {
  const issues: Issue[] = [];
  const [ofNative, ofVm] = [native.virtualization, vm.virtualization];
  if (ofNative !== undefined && !isBare(ofNative)) {
    issues.push({
      code: 'native-is-virtual',
      severity: 'warning',
      message: `The native side ran under virtualization itself (${ofNative}): slowdowns are against that, not against bare metal`,
    });
  }
  if (ofVm !== undefined && isBare(ofVm)) {
    issues.push({
      code: 'vm-is-native',
      severity: 'warning',
      message: `The side of the VM says that it is not virtualized (${ofVm})`,
      hint: 'Are the two sides the right way round?',
    });
  }
  return issues;
}

const isBare = (virtualization: string | number): boolean =>
  NO_VIRTUALIZATION.includes(String(virtualization).toLowerCase());
