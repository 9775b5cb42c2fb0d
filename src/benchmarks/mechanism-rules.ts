/** What well-known benchmarks exercise. Users add their own by a file (`compare --mechanisms`) or in a plan. */

/** Benchmarks by name; `*` stands for any text. The first rule that fits counts. */
export interface MechanismRule {
  readonly benchmark: string;
  readonly mechanism: string;
}

/** Names as importers give them, in lower case. Only what a benchmark spends most of its time on counts. */
export const KNOWN_RULES: readonly MechanismRule[] = [
  ...rules('computation', 'compute', 'alu*', 'computation*', 'sysbench cpu*'),
  ...rules('memory', 'chase*', 'memcpy*', 'memset*', 'memory-*', 'mem/*', 'bm_memcpy*', 'sysbench memory*'),
  ...rules('clock-read', 'clock-read', 'rdtsc*', 'clock_gettime*', 'gettimeofday*', 'counter-read', 'cntvct*'),
  ...rules('system-call', 'system-call', 'getpid*', 'getppid*', 'syscall*', 'kernel-trap', 'bm_getppid*'),
  ...rules('context-switch', 'context-switch*', 'pipe-same-cpu', 'sched-yield', 'sched_yield', 'yield'),
  ...rules('context-switch', 'sched/*', 'sysbench threads*'),
  ...rules('page-fault', 'page-fault*', 'pagefault*', 'fault'),
  ...rules('process-creation', 'fork*', 'vfork*', 'spawn*', 'exec*'),
  ...rules('ipi-wakeup', 'cross-cpu-wakeup', 'pipe-across-cpus', 'wakeup*', 'wake-up*', 'ipi*', 'futex*'),
  ...rules('timer', 'sleep', 'sleep-overshoot', 'timer*', 'nanosleep*', 'clock_nanosleep*', 'cyclictest*'),
  ...rules('disk', 'fio*', 'drand*', 'dread*', 'sysbench fileio*'),
  ...rules('network', 'iperf*', 'netperf*'),
  ...rules('privileged-register', 'cpuid*', 'msr-*', 'rdmsr*', 'wrmsr*', 'cache-type-register', 'midr*'),
  ...rules('device-register', 'port-*', 'inb*', 'outb*', 'mmio*', 'uart*'),

  ...stressNg(
    'computation',
    'bsearch',
    'cpu',
    'crypt',
    'fma',
    'fp',
    'hash',
    'intmath',
    'matrix',
    'nsqrt',
    'prime',
    'qsort',
  ),
  ...stressNg(
    'memory',
    'bitonicsort',
    'cache',
    'list',
    'lsearch',
    'mcontend',
    'memcpy',
    'memrate',
    'memthrash',
    'stream',
  ),
  ...stressNg('memory', 'skiplist', 'tree', 'tsearch'),
  ...stressNg('clock-read', 'clock', 'tsc', 'vdso'),
  ...stressNg('system-call', 'dup', 'get', 'getdent', 'null', 'syscall', 'sysinfo', 'x86syscall'),
  ...stressNg('context-switch', 'context', 'mq', 'msg', 'pipe', 'sem', 'sem-sysv', 'switch', 'yield'),
  ...stressNg('page-fault', 'brk', 'fault', 'mmap', 'mremap', 'userfaultfd', 'vm'),
  ...stressNg('process-creation', 'clone', 'exec', 'fork', 'pthread', 'spawn', 'vfork', 'zombie'),
  ...stressNg('ipi-wakeup', 'eventfd', 'futex', 'membarrier', 'tlb-shootdown', 'wait'),
  ...stressNg('timer', 'alarm', 'cyclic', 'hrtimers', 'itimer', 'nanosleep', 'sleep', 'timer', 'timerfd'),
  ...stressNg('disk', 'aio', 'hdd', 'iomix', 'io-uring', 'readahead', 'seek', 'sync-file'),
  ...stressNg('network', 'ping-sock', 'sock', 'sockmany', 'udp', 'udp-flood'),
  ...stressNg('privileged-register', 'x86cpuid'),
  ...stressNg('device-register', 'ioport'),

  ...rules('computation', 'integer *', 'int64 *', 'uint64 *', 'float *', 'double *'),
  ...rules('system-call', 'simple *', 'select on *', 'signal handler *'),
  ...rules('context-switch', 'pipe latency', 'af_unix sock stream latency', 'lat_ctx*', '"size=*'),
  ...rules('process-creation', 'process *'),
  ...rules('page-fault', 'mmap latency*', 'protection fault*'),
  ...rules(
    'memory',
    'memory load latency*',
    'libc bcopy *',
    'unrolled bcopy *',
    'memory read *',
    'memory write *',
    'memory bzero *',
  ),
  ...rules('network', 'tcp latency *', 'udp latency *', 'tcp/ip connection *', 'socket bandwidth *'),

  ...rules('disk', 'pts/fio*', 'pts/dbench*', 'pts/iozone*', 'pts/sqlite*'),
  ...rules('memory', 'pts/stream*', 'pts/ramspeed*', 'pts/tinymembench*', 'pts/mbw*', 'pts/cachebench*'),
  ...rules('network', 'pts/iperf*', 'pts/netperf*', 'pts/ethr*', 'pts/sockperf*', 'pts/network-loopback*'),
  ...rules(
    'computation',
    'pts/c-ray*',
    'pts/coremark*',
    'pts/openssl*',
    'pts/compress-7zip*',
    'pts/x264*',
    'pts/build-*',
  ),
];

function rules(mechanism: string, ...benchmarks: string[]): MechanismRule[] {
  return benchmarks.map((benchmark) => ({ benchmark, mechanism }));
}

function stressNg(mechanism: string, ...stressors: string[]): MechanismRule[] {
  return rules(mechanism, ...stressors.map((stressor) => `stress-ng ${stressor}`));
}
