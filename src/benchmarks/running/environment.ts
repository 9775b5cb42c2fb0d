/** What a side is: a small script asks it, through the same prefix as the benchmarks. */
import type { SystemFacts } from '../model.js';

export interface Environment {
  readonly facts: SystemFacts;
  /** Changes with every boot; absent where the system does not tell. */
  readonly boot?: string;
}

/** First line of the answer: proof that the script ran. */
const GREETING = 'vmtoll environment';

/**
 * POSIX sh for Linux; on another system most lines say nothing. Lines are short and hold no tab, since they may be typed
 * into a serial console.
 */
export const ENVIRONMENT_SCRIPT = `echo '${GREETING}'
say() { [ -r "$2" ] && read -r line <"$2" && echo "$1=$line"; }
echo "kernel=$(uname -r)"
echo "architecture=$(uname -m)"
echo "cpus=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)"
sed -n 's/^MemTotal: *\\([0-9]*\\) kB/memoryKib=\\1/p' /proc/meminfo 2>/dev/null
sed -n 's/^model name[^:]*: */cpuModel=/p' /proc/cpuinfo 2>/dev/null | head -n 1
lscpu 2>/dev/null | sed -n 's/^Model name: */cpuModel=/p' | head -n 1
say maxKhz /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq
sed -n 's/^cpu MHz[^:]*: */mhz=/p' /proc/cpuinfo 2>/dev/null | head -n 1
sed -n 's/^PRETTY_NAME=/operatingSystem=/p' /etc/os-release 2>/dev/null
say clocksource /sys/devices/system/clocksource/clocksource0/current_clocksource
say governor /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
echo "detected=$(systemd-detect-virt --vm 2>/dev/null)"
say hypervisor /sys/hypervisor/type
grep -q '^flags.* hypervisor' /proc/cpuinfo 2>/dev/null && echo cpuFlag=hypervisor
grep -q '^flags' /proc/cpuinfo 2>/dev/null && echo cpuFlag=none
echo "filesystem=$(stat -f -c %T . 2>/dev/null)"
for file in /sys/devices/system/cpu/vulnerabilities/*; do
  say "mitigation.\${file##*/}" "$file"
done
say boot /proc/sys/kernel/random/boot_id
true`;

const LONGEST_VALUE = 1000;
const MITIGATION = 'mitigation.';
const NOT_NEEDED = 'Not affected';

/** Reads the answer to ENVIRONMENT_SCRIPT; undefined where it is none. Other lines, such as a login message, do not matter. */
export function parseEnvironment(text: string): Environment | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.indexOf(GREETING);
  if (start < 0) return undefined;
  const values = new Map<string, string>();
  for (const line of lines.slice(start + 1)) {
    const [, key, value] = /^([\w.]+)=(.*)$/.exec(line) ?? [];
    if (value && !values.has(key)) values.set(key, value.replace(/^"(.*)"$/, '$1').slice(0, LONGEST_VALUE));
  }
  const boot = values.get('boot');
  return { facts: factsOf(values), ...(boot !== undefined && { boot }) };
}

function factsOf(values: ReadonlyMap<string, string>): SystemFacts {
  const number = (key: string, factor: number) => {
    const value = Number(values.get(key) ?? Number.NaN) * factor;
    return Number.isFinite(value) ? value : undefined;
  };
  const facts: { readonly [name in keyof SystemFacts]: string | number | undefined } = {
    cpus: number('cpus', 1),
    memoryBytes: number('memoryKib', 1024),
    cpuModel: values.get('cpuModel'),
    // The highest frequency where it is known: the present one is different every time.
    cpuMhz: number('maxKhz', 1e-3) ?? number('mhz', 1),
    architecture: values.get('architecture'),
    kernel: values.get('kernel'),
    operatingSystem: values.get('operatingSystem'),
    virtualization: values.get('detected') ?? values.get('hypervisor') ?? values.get('cpuFlag'),
    clocksource: values.get('clocksource'),
    governor: values.get('governor'),
    mitigations: mitigationsOf(values),
    filesystem: values.get('filesystem'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** `name: what is done`, of all vulnerabilities that the CPU has; `none needed` where it has none. */
function mitigationsOf(values: ReadonlyMap<string, string>): string | undefined {
  const known = [...values].filter(([key]) => key.startsWith(MITIGATION));
  if (known.length === 0) return undefined;
  const needed = known.filter(([, value]) => value !== NOT_NEEDED);
  const named = needed.map(([key, value]) => `${key.slice(MITIGATION.length)}: ${value.replace(/^Mitigation: /, '')}`);
  return named.sort().join('; ') || 'none needed';
}
