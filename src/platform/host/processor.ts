/** What the CPUs of a host are, from /proc/cpuinfo: that of the first one is enough. */
import type { FactFiles } from './fact-files.js';
import type { HostPlatform } from './host-platform.js';

type Cpu = Pick<HostPlatform, 'cpuModel' | 'cpuid' | 'isGuest' | 'virtualization' | 'avic'>;

export function cpuOf(files: FactFiles): Cpu {
  const lines = files.lines('/proc/cpuinfo');
  const fact = (name: string) =>
    lines
      .find((line) => new RegExp(`^${name}\\s*:`).test(line))
      ?.replace(/^[^:]*:/, '')
      .trim();
  const flags = fact('flags')?.split(' ');
  const numbers = [fact('vendor_id'), fact('cpu family'), fact('model'), fact('stepping')];
  return {
    cpuModel: fact('model name') ?? fact('CPU part') ?? null,
    cpuid: numbers.every((one) => one !== undefined) ? numbers.join(',') : null,
    isGuest: flags?.includes('hypervisor') ?? null,
    virtualization: flags === undefined ? null : flags.includes('svm') ? 'svm' : flags.includes('vmx') ? 'vmx' : 'none',
    avic:
      flags?.includes('svm') !== true
        ? null
        : flags.includes('x2avic')
          ? 'x2avic'
          : flags.includes('avic')
            ? 'avic'
            : 'none',
  };
}
