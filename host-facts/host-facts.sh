#!/bin/sh
# What a Linux host of virtual machines is, for "vmtoll explain RECORDING --host FILE":
#
#     sh host-facts.sh > host.txt
#
# It only reads, and needs nothing but a POSIX shell with grep, id, ls, sed, sort and uname. Run it while the machines run; as root it
# sees all of them. Each line of its output is a file, a tab, and a line of that file.

LC_ALL=C
export LC_ALL

tab=$(printf '\t')

# The lines of files, those that are there. The shell must not read them itself: some read bytes one by one, and of a byte
# in the middle of a file below /proc/sys the kernel says that it is not there.
show() {
  grep -s '' "$@" /dev/null | sed "s/:/$tab/"
}

# Those of one file that match a pattern. (The name of a control group may hold a colon.)
show_lines() {
  grep -s "$2" "$1" | while IFS= read -r line; do printf '%s\t%s\n' "$1" "$line"; done
}

show_pcpus() {
  cpus=/sys/devices/system/cpu
  show $cpus/online $cpus/offline $cpus/possible $cpus/isolated $cpus/nohz_full $cpus/smt/active $cpus/smt/control
  show $cpus/cpufreq/boost $cpus/intel_pstate/no_turbo $cpus/intel_pstate/status $cpus/amd_pstate/status
  show $cpus/cpuidle/current_driver $cpus/cpuidle/current_governor_ro $cpus/cpuidle/current_governor
  show $cpus/vulnerabilities/*
  for fact in topology/physical_package_id topology/die_id topology/cluster_id topology/core_id \
    topology/thread_siblings_list topology/cluster_cpus_list cpu_capacity regs/identification/midr_el1 \
    cache/index[0-9]*/level cache/index[0-9]*/type cache/index[0-9]*/size cache/index[0-9]*/shared_cpu_list \
    cpufreq/scaling_governor cpufreq/scaling_driver cpufreq/energy_performance_preference \
    cpufreq/scaling_min_freq cpufreq/scaling_max_freq cpufreq/cpuinfo_max_freq \
    cpuidle/state[0-9]*/name cpuidle/state[0-9]*/latency cpuidle/state[0-9]*/residency cpuidle/state[0-9]*/disable; do
    # The patterns in it are for here.
    # shellcheck disable=SC2086
    show $cpus/cpu[0-9]*/$fact
  done
  show /sys/devices/system/node/node[0-9]*/cpulist /sys/devices/system/node/node[0-9]*/distance
  for node in /sys/devices/system/node/node[0-9]*; do
    show_lines "$node/meminfo" MemTotal
  done
}

show_system() {
  printf 'uname -m\t%s\n' "$(uname -m)"
  printf 'id -u\t%s\n' "$(id -u)"
  show /proc/sys/kernel/osrelease /proc/sys/kernel/version /proc/cmdline /sys/kernel/realtime
  # Of the first CPU.
  sed -n "/^$/q;s,^,/proc/cpuinfo$tab,p" /proc/cpuinfo 2>/dev/null
  for line in MemTotal SwapTotal SwapFree AnonHugePages Hugepagesize; do show_lines /proc/meminfo "^$line:"; done
  show /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name /sys/hypervisor/type
  clock=/sys/devices/system/clocksource/clocksource0
  show $clock/current_clocksource $clock/available_clocksource
  show /sys/devices/system/clockevents/clockevent0/current_device
  show /proc/sys/kernel/sched_rt_runtime_us /proc/sys/kernel/numa_balancing /proc/sys/kernel/timer_migration
  show /proc/sys/kernel/nmi_watchdog /proc/sys/kernel/sched_autogroup_enabled /sys/kernel/debug/sched/preempt
  show /sys/module/kvm*/parameters/* /sys/module/vhost*/parameters/*
  pages=/sys/kernel/mm/transparent_hugepage
  show $pages/enabled $pages/defrag $pages/shmem_enabled /sys/kernel/mm/ksm/run
  show /sys/kernel/mm/hugepages/hugepages-*/nr_hugepages /sys/kernel/mm/hugepages/hugepages-*/free_hugepages
}

show_interrupts() {
  show /sys/kernel/irq/[0-9]*/actions /proc/irq/[0-9]*/smp_affinity_list /proc/irq/[0-9]*/effective_affinity_list
}

# Processes that have a virtual machine open (only root sees that of others), or are called like a VMM.
vmm_processes() {
  {
    ls -l /proc/[0-9]*/fd 2>/dev/null |
      sed -n -e '/^\/proc\/[0-9]*\/fd:$/{s,^/proc/,,;s,/fd:$,,;h;}' -e '/anon_inode:kvm-vm$/{g;p;}'
    for process in /proc/[0-9]*; do
      name=
      read -r name <"$process/comm"
      case $name in
        qemu-* | kvm | lkvm* | firecracker* | cloud-hyper* | crosvm* | stratovirt* | qvm*) echo "${process##*/}" ;;
      esac
    done 2>/dev/null
  } | sort -un
}

show_thread() {
  show "$1/comm" "$1/stat" "$1/cgroup"
  show_lines "$1/status" _allowed_list:
  [ -r "$1/cgroup" ] || return
  while IFS= read -r line; do
    controllers=${line#*:}
    path=${controllers#*:}
    controllers=${controllers%%:*}
    case ,$controllers, in
      ,,) show_cgroup /sys/fs/cgroup "$path" ;;
      *,cpu,* | *,cpuset,*) show_cgroup "/sys/fs/cgroup/$controllers" "$path" ;;
    esac
  done <"$1/cgroup"
}

# A control group and those that it is in, each once.
shown_groups=:
show_cgroup() {
  group=${2%/}
  while :; do
    folder=$1$group
    case $shown_groups in *":$folder:"*) return ;; esac
    shown_groups=$shown_groups$folder:
    for fact in cpu.max cpu.weight cpu.stat cpuset.cpus cpuset.cpus.effective \
      cpu.cfs_quota_us cpu.cfs_period_us cpu.shares cpuset.effective_cpus; do
      [ -r "$folder/$fact" ] && show_lines "$folder/$fact" ''
    done
    [ -n "$group" ] || return
    group=${group%/*}
  done
}

show_threads() {
  for process in $(vmm_processes); do
    show "/proc/$process/comm"
    for thread in /proc/"$process"/task/[0-9]*; do
      show_thread "$thread"
    done
  done
  # Threads of the kernel that work for one machine.
  for process in /proc/[0-9]*; do
    name=
    read -r name <"$process/comm"
    case $name in
      vhost-* | kvm-pit/* | kvm-nx-lpage*)
        show "$process/comm" "$process/stat"
        show_lines "$process/status" '^Cpus_allowed_list'
        ;;
    esac
  done 2>/dev/null
}

echo 'vmtoll host facts 1'
show_system
show_pcpus
show_interrupts
show_threads
echo end
