/** Settings of the kernel and parameters of its modules: texts, of which only those are taken that such a setting can have. */
import type { FactFiles } from './fact-files.js';
import type { ModuleParameter, Named } from './host-platform.js';

const WHOLE_NUMBER = /^-?\d{1,15}$/;
/** As the kernel prints numbers, lists of them, and switches: param_get_* in kernel/params.c. */
const PARAMETER = /^(?:-?\d{1,20}|0x[\da-f]{1,16}|[YN])(?:,(?:-?\d{1,20}|[YN]))*$/i;
/** A name of a device or a mode, whatever it is. */
const WORDS = /^[\w .+-]{1,64}$/;

/** Single settings that matter for virtual machines, and what they can be. */
const SETTINGS: readonly (readonly [path: string, values: RegExp])[] = [
  ['/proc/sys/kernel/sched_rt_runtime_us', WHOLE_NUMBER],
  ['/proc/sys/kernel/numa_balancing', WHOLE_NUMBER],
  ['/proc/sys/kernel/timer_migration', WHOLE_NUMBER],
  ['/proc/sys/kernel/nmi_watchdog', WHOLE_NUMBER],
  ['/proc/sys/kernel/sched_autogroup_enabled', WHOLE_NUMBER],
  // All modes, the one that is chosen in parentheses.
  ['/sys/kernel/debug/sched/preempt', /^[a-z ]*\([a-z]+\)[a-z ]*$/],
  ['/sys/kernel/realtime', WHOLE_NUMBER],
  ['/sys/kernel/mm/ksm/run', WHOLE_NUMBER],
  ['/sys/devices/system/clockevents/clockevent0/current_device', WORDS],
];

export const settingsOf = (files: FactFiles): Named[] =>
  SETTINGS.flatMap(([path, values]) => {
    const value = files.matching(path, values, 'no value of this setting');
    return value === null ? [] : [{ name: path.slice(path.lastIndexOf('/') + 1), value }];
  });

/** Modules whose parameters matter. */
const MODULES = /^(?:kvm|vhost)/;

/** Those that are neither numbers nor switches: arch/x86/kvm/vmx/vmx.c, arch/x86/kvm/mmu/mmu.c. */
const PARAMETERS_IN_WORDS: Readonly<Record<string, RegExp>> = {
  'kvm_intel.vmentry_l1d_flush': /^(?:auto|never|cond|always|EPT disabled|not required)$/,
  'kvm.nx_huge_pages': /^(?:[YN01]|never|off|force|auto)$/,
};

export const moduleParametersOf = (files: FactFiles): ModuleParameter[] =>
  files
    .names('/sys/module')
    .filter((module) => MODULES.test(module))
    .flatMap((module) => {
      const folder = `/sys/module/${module}/parameters`;
      return files.names(folder).flatMap((name) => {
        const values = PARAMETERS_IN_WORDS[`${module}.${name}`] ?? PARAMETER;
        const value = files.matching(`${folder}/${name}`, values, 'no value of this parameter');
        return value === null ? [] : [{ module, name, value }];
      });
    });

/** Of "always [madvise] never" the one in brackets. */
export function chosenMode(files: FactFiles, path: string): string | null {
  const text = files.matching(path, /^[a-z+ ]*\[[a-z+]+\][a-z+ ]*$/, 'no choice of modes');
  return text === null ? null : text.slice(text.indexOf('[') + 1, text.indexOf(']'));
}
