/** VMMs with their threads, and the threads of the kernel that work for them. */
import type { FactFiles } from './fact-files.js';
import type { HostThread, SchedulingPolicy, VmmProcess } from './host-platform.js';

/** By number: sched(7), and include/uapi/linux/sched.h; 4 is reserved. */
const POLICIES: Readonly<Record<number, SchedulingPolicy>> = {
  0: 'other',
  1: 'fifo',
  2: 'round-robin',
  3: 'batch',
  5: 'idle',
  6: 'deadline',
};

/** Fields of /proc/PID/stat after the name, counted from the third on: proc_pid_stat(5). */
const NICE = 19 - 3;
const PRIORITY = 40 - 3;
const POLICY = 41 - 3;

export function vmmsOf(files: FactFiles): VmmProcess[] {
  return files
    .numbered('/proc')
    .map((process): VmmProcess => {
      const threads = files.numbered(`/proc/${process}/task`);
      return {
        process,
        name: files.text(`/proc/${process}/comm`) ?? '',
        threads: threads.map((thread) => threadAt(files, `/proc/${process}/task/${thread}`, thread)),
      };
    })
    .filter(({ threads }) => threads.length > 0);
}

/** A process without a list of threads is one of the kernel's. */
export function kernelThreadsOf(files: FactFiles): HostThread[] {
  return files
    .numbered('/proc')
    .filter((process) => files.names(`/proc/${process}/task`).length === 0)
    .map((process) => threadAt(files, `/proc/${process}`, process));
}

function threadAt(files: FactFiles, folder: string, thread: number): HostThread {
  const stat = files.matching(`${folder}/stat`, /\)\s+\S(?:\s+-?\d+){38}/, 'no state of a thread') ?? '';
  const fields = stat.replace(/^.*\)\s*/, '').split(/\s+/);
  const field = (index: number) => (/^-?\d{1,9}$/.test(fields[index] ?? '') ? Number(fields[index]) : null);
  const policy = field(POLICY);
  return {
    thread,
    name: files.text(`${folder}/comm`) ?? '',
    allowed: allowedAt(files, `${folder}/status`),
    policy: policy === null ? null : (POLICIES[policy] ?? 'unknown'),
    priority: field(PRIORITY),
    nice: field(NICE),
    cpuGroup: cpuGroupOf(files, `${folder}/cgroup`),
  };
}

function allowedAt(files: FactFiles, path: string): readonly number[] | null {
  const [, list] = /^Cpus_allowed_list:(.*)$/m.exec(files.lines(path).join('\n')) ?? [];
  return list === undefined ? null : files.cpuListOf(path, list);
}

/** Lines "4:cpu,cpuacct:/path", or "0::/path" of version 2: cgroups(7). */
function cpuGroupOf(files: FactFiles, file: string): string | null {
  let unified: string | null = null;
  for (const line of files.lines(file)) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined) {
      files.misunderstood(file, line, 'no control group');
      continue;
    }
    const inside = path === '/' ? '' : path;
    if (controllers.split(',').includes('cpu')) return `/${controllers}${inside}`;
    if (controllers === '') unified = inside === '' ? '/' : inside;
  }
  return unified;
}
