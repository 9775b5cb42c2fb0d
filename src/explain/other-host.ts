/** Whether facts of a host are those of the host that was recorded, as far as both tell. */
import type { Issue } from '../base/issue.js';
import { architectureFamily as family } from '../platform/architectures.js';
import { cpuListText } from '../platform/host/cpu-list.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import type { HostFacts } from '../recording/recording.js';

/** What a recording tells of its host. */
export interface RecordedHost {
  readonly facts: HostFacts;
  /** Id of the hypervisor. */
  readonly hypervisor: string;
  /** To which CPUs the reasons of its exits belong: vmx, svm, arm64, … */
  readonly vocabularies: ReadonlySet<string>;
  /** pCPUs that wrote events. */
  readonly pcpus: ReadonlySet<number>;
}

/** Nothing where the facts can be those of the host. */
export function otherHost(host: HostPlatform, recorded: RecordedHost): Issue | undefined {
  const differences = [
    ...systemDifferences(host, recorded),
    ...cpuDifferences(host, recorded),
    ...pcpuDifferences(host, recorded),
  ];
  if (differences.length === 0) return undefined;
  return {
    code: 'facts-of-another-host',
    severity: 'warning',
    message: `The facts in ${host.source} are not those of the host when it was recorded: ${differences.join('; ')}. They are not used.`,
    hint: 'Gather them on the host that is recorded, while its machines run: vmtoll facts > host.txt.',
  };
}

function systemDifferences(host: HostPlatform, { facts, hypervisor, vocabularies }: RecordedHost): string[] {
  if (hypervisor === 'qnx') return ['the recording is of a QNX host, the facts are of Linux'];
  const differences: string[] = [];
  if (facts.kernel !== undefined && host.kernel !== null && facts.kernel !== host.kernel)
    differences.push(`kernel ${short(facts.kernel)} in the recording, ${short(host.kernel)} in the facts`);
  const architecture = recordedArchitecture(facts, vocabularies);
  if (architecture !== undefined && host.architecture !== null && family(architecture) !== family(host.architecture))
    differences.push(`architecture ${short(architecture)} in the recording, ${short(host.architecture)} in the facts`);
  return differences;
}

/** As uname prints it. What the recorder does not say, as in text, the reasons of exits tell. */
export function recordedArchitecture(
  { architecture }: HostFacts,
  vocabularies: RecordedHost['vocabularies'],
): string | undefined {
  if (architecture !== undefined) return architecture;
  if (vocabularies.has('vmx') || vocabularies.has('svm')) return 'x86_64';
  if (vocabularies.has('arm64')) return 'aarch64';
  return vocabularies.has('riscv') ? 'riscv64' : undefined;
}

const TECHNOLOGY = { svm: 'AMD-V (svm)', vmx: 'VT-x (vmx)' } as const;

function cpuDifferences(host: HostPlatform, { facts, hypervisor, vocabularies }: RecordedHost): string[] {
  const differences: string[] = [];
  if (facts.cpuid !== undefined && host.cpuid !== null && isX86Cpu(facts.cpuid) && facts.cpuid !== host.cpuid)
    differences.push(`CPU ${short(facts.cpuid)} in the recording, ${short(host.cpuid)} in the facts`);
  else if (isX86Cpu(host.cpuid ?? '') && facts.cpuModel !== undefined && facts.cpuModel !== host.cpuModel)
    differences.push(`CPU "${short(facts.cpuModel)}" in the recording, "${short(host.cpuModel ?? '')}" in the facts`);
  // Xen hides the flags of virtualization from its dom0.
  const { virtualization } = host;
  if (hypervisor === 'xen' || virtualization === null) return differences;
  const used = (['svm', 'vmx'] as const).filter((one) => vocabularies.has(one));
  if (used.length !== 1 || used[0] === virtualization) return differences;
  const flags = virtualization === 'none' ? 'neither svm nor vmx' : `no ${used[0]} but ${virtualization}`;
  return [
    ...differences,
    `exits of ${TECHNOLOGY[used[0]]} in the recording, ${flags} among the CPU's flags in the facts`,
  ];
}

/** As perf and /proc/cpuinfo give it: those of other CPUs are written in several ways. */
const isX86Cpu = (cpuid: string): boolean => /^[A-Za-z ]+,\d+,\d+,\d+$/.test(cpuid);

/** A dom0 of Xen sees its own vCPUs only. */
function pcpuDifferences({ pcpus }: HostPlatform, { hypervisor, pcpus: seen }: RecordedHost): string[] {
  const online = pcpus.filter((one) => one.online).map(({ pcpu }) => pcpu);
  const strange = [...seen].filter((pcpu) => !online.includes(pcpu)).sort((a, b) => a - b);
  if (hypervisor === 'xen' || online.length === 0 || strange.length === 0) return [];
  return [`events of pCPU ${cpuListText(strange)} in the recording, pCPU ${cpuListText(online)} online in the facts`];
}

/** Characters of a text that either of them states. */
const LONGEST = 80;
const short = (text: string): string => text.slice(0, LONGEST);
