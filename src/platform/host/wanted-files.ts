/**
 * The files that tell of a host, for whoever has a copy of its /proc and /sys: the same that host-facts.sh prints.
 * `*` stands for anything within a name, `**` for folders, or none.
 */
export const WANTED_FILES: readonly string[] = [
  '/proc/sys/kernel/{osrelease,version,sched_rt_runtime_us,numa_balancing,timer_migration,nmi_watchdog,sched_autogroup_enabled}',
  '/proc/{cmdline,cpuinfo,meminfo}',
  '/proc/irq/*/{smp_affinity_list,effective_affinity_list}',
  '/sys/kernel/irq/*/actions',
  '/sys/kernel/{realtime,debug/sched/preempt,mm/ksm/run}',
  '/sys/kernel/mm/transparent_hugepage/{enabled,defrag,shmem_enabled}',
  '/sys/kernel/mm/hugepages/hugepages-*/{nr_hugepages,free_hugepages}',
  '/sys/class/dmi/id/{sys_vendor,product_name}',
  '/sys/hypervisor/type',
  '/sys/devices/system/clocksource/clocksource0/{current_clocksource,available_clocksource}',
  '/sys/devices/system/clockevents/clockevent0/current_device',
  '/sys/module/kvm*/parameters/*',
  '/sys/module/vhost*/parameters/*',
  '/sys/devices/system/cpu/{online,offline,possible,isolated,nohz_full,smt/active,smt/control}',
  '/sys/devices/system/cpu/{cpufreq/boost,intel_pstate/no_turbo,intel_pstate/status,amd_pstate/status}',
  '/sys/devices/system/cpu/cpuidle/{current_driver,current_governor_ro,current_governor}',
  '/sys/devices/system/cpu/vulnerabilities/*',
  '/sys/devices/system/cpu/cpu*/topology/{physical_package_id,die_id,cluster_id,core_id,thread_siblings_list,cluster_cpus_list}',
  '/sys/devices/system/cpu/cpu*/{cpu_capacity,regs/identification/midr_el1}',
  '/sys/devices/system/cpu/cpu*/cache/index*/{level,type,size,shared_cpu_list}',
  '/sys/devices/system/cpu/cpu*/cpufreq/{scaling_governor,scaling_driver,energy_performance_preference}',
  '/sys/devices/system/cpu/cpu*/cpufreq/{scaling_min_freq,scaling_max_freq,cpuinfo_max_freq}',
  '/sys/devices/system/cpu/cpu*/cpuidle/state*/{name,latency,residency,disable}',
  '/sys/devices/system/node/node*/{cpulist,distance,meminfo}',
  '/sys/fs/cgroup/**/{cpu.max,cpu.weight,cpu.stat,cpuset.cpus,cpuset.cpus.effective}',
  '/sys/fs/cgroup/**/{cpu.cfs_quota_us,cpu.cfs_period_us,cpu.shares,cpuset.effective_cpus}',
];

/** Of a process: for VMMs, and for threads of the kernel that work for a machine. */
export const VMM_FILES: readonly string[] = ['comm', 'task/*/{comm,stat,cgroup,status}'];
export const KERNEL_THREAD_FILES: readonly string[] = ['comm', 'stat', 'status'];

/** How VMMs, and such threads, are called: at most 15 characters. */
export const VMM_NAME = /^(?:qemu-|kvm$|lkvm|firecracker|cloud-hyper|crosvm|stratovirt|qvm)/;
export const KERNEL_THREAD_NAME = /^(?:vhost-|kvm-pit\/|kvm-nx-lpage)/;

/** "a/{b,c}/d" → "a/b/d", "a/c/d". */
export function alternatives(pattern: string): string[] {
  const [whole, before, inside, after] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  return inside.split(',').flatMap((choice) => alternatives(`${before}${choice}${after}`));
}
