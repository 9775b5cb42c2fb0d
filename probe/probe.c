/*
 * probe: what the basic operations of a machine cost. Run natively and in a guest, it shows the general rule: plain
 * computation and memory cost about the same in both, privileged and device registers cost an exit each.
 *
 * Build:  cc -O2 -static -o probe probe.c        Use:  probe --help, README.md
 *
 * Every benchmark performs n operations and returns the time they took; n is chosen once, so that all repetitions do
 * the same work. Results go to standard output as JSON lines; what is not permitted here is told on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/io.h>
#endif
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#define VERSION "vmtoll-probe 1"
/* With this argument alone the program ends at once: what fork-exec executes. */
#define EXIT_AT_ONCE "--exit-at-once"
#define CACHE_LINE 64
#define COPY_BLOCK 65536
/* Calibration ends here whatever the time. */
#define MOST_OPERATIONS ((uint64_t)1 << 50)
#define MIB (1024u * 1024u)

/* ---- Time, CPUs -------------------------------------------------------------------------------------------------- */

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t now(void) { return nanoseconds(CLOCK_MONOTONIC); }

/* The CPU that benchmarks run on, and another one; -1 where CPUs cannot be chosen or there is no other. */
static int home_cpu = -1;
static int other_cpu = -1;

#ifdef __linux__
static int run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

/* Stays on one CPU, so that no migration is measured. Returns -1 where the wanted CPU cannot be had. */
static int choose_cpus(int wanted) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return wanted < 0 ? 0 : -1;
  int home = wanted >= 0 ? wanted : sched_getcpu();
  if (home < 0 || home >= CPU_SETSIZE || !CPU_ISSET(home, &allowed) || run_on(home) != 0) return wanted < 0 ? 0 : -1;
  home_cpu = home;
  for (int step = 1; step < CPU_SETSIZE && other_cpu < 0; step++) {
    int cpu = (home + step) % CPU_SETSIZE;
    if (CPU_ISSET(cpu, &allowed)) other_cpu = cpu;
  }
  return 0;
}
#else
static int run_on(int cpu) { (void)cpu; return -1; }
static int choose_cpus(int wanted) { return wanted < 0 ? 0 : -1; }
#endif

/* The body of a benchmark whose n operations only have to be repeated. */
#define TIME_OF_ALL(...)                              \
  uint64_t start = now();                             \
  for (uint64_t i = 0; i < n; i++) { __VA_ARGS__; }   \
  return now() - start

/* A reason for people: what failed and why. The text lives until the next call. */
static const char *reason(const char *what) {
  static char text[160];
  snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
  return text;
}

/* ---- Computation and clock --------------------------------------------------------------------------------------- */

static volatile uint64_t sink;

/* Each operation depends on the one before: multiply, add, shift, xor. */
static uint64_t compute(uint64_t n) {
  uint64_t start = now(), value = start | 1;
  for (uint64_t i = 0; i < n; i++) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    value ^= value >> 29;
  }
  sink = value;
  return now() - start;
}

static uint64_t clock_read(uint64_t n) { TIME_OF_ALL(sink = now()); }

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static size_t memory_bytes = 64 * MIB;
static unsigned char *memory;
static void **chase_at;

static const char *take_memory(void) {
  memory = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return reason("memory");
  memset(memory, 1, memory_bytes);
  return NULL;
}

static void give_memory_back(void) { munmap(memory, memory_bytes); }

/* A fixed generator, so that both sides walk the same way. */
static uint64_t random_below(uint64_t limit) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state % limit;
}

static void **line_at(size_t line) { return (void **)(memory + line * CACHE_LINE); }

/* Links all cache lines into one random cycle (Sattolo's shuffle), so that no prefetcher can guess the next. */
static const char *take_chase(void) {
  const char *why = take_memory();
  if (why != NULL) return why;
  size_t lines = memory_bytes / CACHE_LINE;
  for (size_t line = 0; line < lines; line++) *line_at(line) = line_at(line);
  for (size_t line = lines - 1; line > 0; line--) {
    void **other = line_at(random_below(line));
    void *next = *line_at(line);
    *line_at(line) = *other;
    *other = next;
  }
  chase_at = line_at(0);
  return NULL;
}

static uint64_t memory_latency(uint64_t n) {
  void **at = chase_at;
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++) at = *at;
  uint64_t time = now() - start;
  chase_at = at;
  return time;
}

/* The compiler must believe that somebody reads the memory. */
static void keep(void *pointer) { __asm__ volatile("" : : "r"(pointer) : "memory"); }

static uint64_t memory_copy(uint64_t n) {
  size_t blocks = memory_bytes / 2 / COPY_BLOCK;
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++) {
    unsigned char *from = memory + (i % blocks) * COPY_BLOCK;
    memcpy(from + memory_bytes / 2, from, COPY_BLOCK);
    keep(from);
  }
  return now() - start;
}

static uint64_t memory_set(uint64_t n) {
  size_t blocks = memory_bytes / COPY_BLOCK;
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++) {
    unsigned char *to = memory + (i % blocks) * COPY_BLOCK;
    memset(to, (int)(i & 0xff), COPY_BLOCK);
    keep(to);
  }
  return now() - start;
}

/* First writes to fresh pages, some MiB at a time; mapping and unmapping are part of it. */
static uint64_t page_fault(uint64_t n) {
  const uint64_t most = 1024;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint64_t start = now();
  for (uint64_t left = n; left > 0;) {
    uint64_t pages = left < most ? left : most;
    unsigned char *fresh = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) return 0;
#ifdef MADV_NOHUGEPAGE
    madvise(fresh, pages * page, MADV_NOHUGEPAGE);
#endif
    for (uint64_t i = 0; i < pages; i++) *(volatile unsigned char *)(fresh + i * page) = 1;
    munmap(fresh, pages * page);
    left -= pages;
  }
  return now() - start;
}

/* ---- System calls, processes ------------------------------------------------------------------------------------- */

static uint64_t system_call(uint64_t n) { TIME_OF_ALL(sink = (uint64_t)getppid()); }
static uint64_t yield_cpu(uint64_t n) { TIME_OF_ALL(sched_yield()); }

static const char *own_path = "/proc/self/exe";

/* Returns 0, which means "failed", if a child could not be made or did not end well. */
static uint64_t create_processes(uint64_t n, int with_exec) {
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++) {
    pid_t child = fork();
    if (child == 0) {
      if (with_exec) execl(own_path, "probe", EXIT_AT_ONCE, (char *)NULL);
      _exit(with_exec ? 1 : 0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return 0;
  }
  return now() - start;
}

static uint64_t fork_only(uint64_t n) { return create_processes(n, 0); }
static uint64_t fork_exec(uint64_t n) { return create_processes(n, 1); }

/* ---- Two processes and a pipe each way --------------------------------------------------------------------------- */

static struct {
  int to, from;
  pid_t pid;
} partner;

static void answer_forever(int from, int to, int cpu) {
  char byte;
  if (run_on(cpu) != 0) _exit(1);
  while (read(from, &byte, 1) == 1)
    if (write(to, &byte, 1) != 1) break;
  _exit(0);
}

static int round_trip(void) {
  char byte = 0;
  return write(partner.to, &byte, 1) == 1 && read(partner.from, &byte, 1) == 1;
}

static void stop_partner(void) {
  close(partner.to);
  close(partner.from);
  waitpid(partner.pid, NULL, 0);
}

static const char *start_partner(int cpu) {
  int there[2], back[2];
  if (pipe(there) != 0) return reason("pipe");
  if (pipe(back) != 0) return reason("pipe");
  partner.pid = fork();
  if (partner.pid < 0) return reason("fork");
  if (partner.pid == 0) {
    close(there[1]);
    close(back[0]);
    answer_forever(there[0], back[1], cpu);
  }
  close(there[0]);
  close(back[1]);
  partner.to = there[1];
  partner.from = back[0];
  if (round_trip()) return NULL;
  stop_partner();
  return "the other process could not run on its CPU";
}

static const char *start_here(void) { return home_cpu < 0 ? "no CPU can be chosen" : start_partner(home_cpu); }

static const char *start_elsewhere(void) {
  return other_cpu < 0 ? "only one CPU may be used" : start_partner(other_cpu);
}

static uint64_t ping_pong(uint64_t n) { TIME_OF_ALL(if (!round_trip()) return 0); }

/* ---- Timers: how much later than asked --------------------------------------------------------------------------- */

#define SHORT_WAIT_US 100

/* 0, which means "failed", where a coarse clock let them all end early. */
static uint64_t lateness(uint64_t waited_ns, uint64_t waits) {
  uint64_t asked_ns = waits * SHORT_WAIT_US * 1000;
  return waited_ns > asked_ns ? waited_ns - asked_ns : 0;
}

static uint64_t sleep_overshoot(uint64_t n) {
  struct timespec request = {0, SHORT_WAIT_US * 1000};
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++)
    if (nanosleep(&request, NULL) != 0) return 0;
  return lateness(now() - start, n);
}

static volatile sig_atomic_t expired;

static void on_alarm(int number) {
  (void)number;
  expired = 1;
}

static const char *catch_alarm(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  return sigaction(SIGALRM, &action, NULL) == 0 ? NULL : reason("sigaction");
}

/* The CPU never sleeps meanwhile: programming the timer, its interrupt, the signal. */
static uint64_t timer_overshoot(uint64_t n) {
  struct itimerval once = {{0, 0}, {0, SHORT_WAIT_US}};
  uint64_t start = now();
  for (uint64_t i = 0; i < n; i++) {
    expired = 0;
    if (setitimer(ITIMER_REAL, &once, NULL) != 0) return 0;
    while (!expired) continue;
  }
  return lateness(now() - start, n);
}

/* ---- Privileged and device registers ----------------------------------------------------------------------------- */

#if defined(__x86_64__)

static uint64_t cpuid(uint64_t n) {
  uint32_t eax, ebx, ecx, edx;
  TIME_OF_ALL(__asm__ volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "0"(0), "2"(0)));
}

static uint64_t rdtsc(uint64_t n) {
  uint32_t low, high;
  TIME_OF_ALL(__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)));
}

/* CPUID leaf 1, bit 31 of ECX: no CPU sets it, all hypervisors do; leaf 0x40000000: the name that they give themselves. */
#define LEAF_HYPERVISOR 0x40000000u
#define HYPERVISOR_BIT (1u << 31)

static const char *hypervisor(void) {
  static union {
    uint32_t words[3];
    char text[13];
  } name;
  uint32_t eax, ebx, ecx, edx;
  __asm__ volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "0"(1), "2"(0));
  if ((ecx & HYPERVISOR_BIT) == 0) return "none";
  __asm__ volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "0"(LEAF_HYPERVISOR), "2"(0));
  name.words[0] = ebx;
  name.words[1] = ecx;
  name.words[2] = edx;
  return name.text[0] == '\0' ? "unnamed hypervisor" : name.text;
}

#endif
#if defined(__x86_64__) && defined(__linux__)

/* IA32_APIC_BASE (Intel SDM volume 4): every x86-64 CPU has it, and hypervisors emulate reads of it. */
#define MSR_APIC_BASE 0x1b
static int msr_file = -1;

static void close_msr(void) { close(msr_file); }

/* User code may not read an MSR: the kernel's msr driver does it for us, on this very CPU. */
static const char *open_msr(void) {
  uint64_t value;
  char path[40];
  if (home_cpu < 0) return "no CPU can be chosen";
  snprintf(path, sizeof path, "/dev/cpu/%d/msr", home_cpu);
  msr_file = open(path, O_RDONLY);
  if (msr_file < 0) return reason(path);
  if (pread(msr_file, &value, sizeof value, MSR_APIC_BASE) == sizeof value) return NULL;
  close_msr();
  return reason(path);
}

static uint64_t msr_read(uint64_t n) {
  uint64_t value;
  TIME_OF_ALL(if (pread(msr_file, &value, sizeof value, MSR_APIC_BASE) != sizeof value) return 0);
}

/* The POST code port and the scratch register of the first serial port: reading them changes nothing. */
#define PORT_POST 0x80
#define PORT_SERIAL_SCRATCH 0x3ff

static const char *permit(unsigned long port) { return ioperm(port, 1, 1) == 0 ? NULL : reason("ioperm"); }
static const char *permit_post(void) { return permit(PORT_POST); }
static const char *permit_serial(void) { return permit(PORT_SERIAL_SCRATCH); }

static uint64_t port_post(uint64_t n) { TIME_OF_ALL(sink = inb(PORT_POST)); }
static uint64_t port_serial(uint64_t n) { TIME_OF_ALL(sink = inb(PORT_SERIAL_SCRATCH)); }

#endif
#if defined(__aarch64__)

static uint64_t counter_read(uint64_t n) {
  uint64_t value;
  TIME_OF_ALL(__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value)));
}

/* User code may read it, but KVM lets reads by a guest exit unless the CPU has FEAT_EVT (HCR_EL2.TID2, kvm_emulate.h). */
static uint64_t cache_type(uint64_t n) {
  uint64_t value;
  TIME_OF_ALL(__asm__ volatile("mrs %0, ctr_el0" : "=r"(value)));
}

#endif
#if defined(__aarch64__) && defined(__linux__)

/* HWCAP_CPUID: the kernel emulates reads of identification registers by user code (Documentation/arch/arm64). */
#define READS_ARE_EMULATED (1ul << 11)

static const char *find_emulation(void) {
  return (getauxval(AT_HWCAP) & READS_ARE_EMULATED) != 0 ? NULL : "the kernel does not emulate it (HWCAP_CPUID)";
}

static uint64_t kernel_trap(uint64_t n) {
  uint64_t value;
  TIME_OF_ALL(__asm__ volatile("mrs %0, midr_el1" : "=r"(value)));
}

#endif

/* ---- The benchmarks ---------------------------------------------------------------------------------------------- */

struct benchmark {
  const char *name;
  const char *operation;
  /* Performs n operations; returns what they took in ns, or 0 where they failed. */
  uint64_t (*run)(uint64_t n);
  /* NULL when ready, else why it cannot be measured here. */
  const char *(*prepare)(void);
  void (*finish)(void);
};

static const struct benchmark benchmarks[] = {
  {"compute", "dependent multiply, add, shift, xor", compute, NULL, NULL},
  {"memory-latency", "dependent load of a random cache line", memory_latency, take_chase, give_memory_back},
  {"memory-copy", "copy of 64 KiB", memory_copy, take_memory, give_memory_back},
  {"memory-set", "fill of 64 KiB", memory_set, take_memory, give_memory_back},
  {"page-fault", "first write to a fresh page", page_fault, NULL, NULL},
  {"clock-read", "clock_gettime(CLOCK_MONOTONIC)", clock_read, NULL, NULL},
  {"system-call", "getppid()", system_call, NULL, NULL},
  {"sched-yield", "sched_yield()", yield_cpu, NULL, NULL},
  {"fork", "fork, exit and wait", fork_only, NULL, NULL},
  {"fork-exec", "fork, exec of this program, exit and wait", fork_exec, NULL, NULL},
  {"context-switch", "round trip to a process on the same CPU: 2 switches", ping_pong, start_here, stop_partner},
  {"cross-cpu-wakeup", "round trip to a process on another CPU: 2 wake-ups", ping_pong, start_elsewhere, stop_partner},
  {"sleep-overshoot", "nanosleep of 100 us: ns later than asked", sleep_overshoot, NULL, NULL},
  {"timer-overshoot", "timer of 100 us, CPU busy: ns later than asked", timer_overshoot, catch_alarm, NULL},
#if defined(__x86_64__)
  {"cpuid", "CPUID leaf 0", cpuid, NULL, NULL},
  {"rdtsc", "RDTSC", rdtsc, NULL, NULL},
#endif
#if defined(__x86_64__) && defined(__linux__)
  {"msr-read", "read of IA32_APIC_BASE through the msr driver: a system call and RDMSR", msr_read, open_msr, close_msr},
  {"port-post", "IN from port 0x80", port_post, permit_post, NULL},
  {"port-serial", "IN from port 0x3ff (16550 scratch register)", port_serial, permit_serial, NULL},
#endif
#if defined(__aarch64__)
  {"counter-read", "MRS CNTVCT_EL0", counter_read, NULL, NULL},
  {"cache-type-register", "MRS CTR_EL0", cache_type, NULL, NULL},
#endif
#if defined(__aarch64__) && defined(__linux__)
  {"kernel-trap", "MRS MIDR_EL1: a trap to the kernel, which emulates it", kernel_trap, find_emulation, NULL},
#endif
};
#define BENCHMARK_COUNT (sizeof benchmarks / sizeof benchmarks[0])

/* ---- Measuring --------------------------------------------------------------------------------------------------- */

static struct {
  uint64_t reps, min_time_ns, fixed_n, run;
  int cpu;
} options = {10, 20000000, 0, 0, -1};

static uint64_t duration_of(const struct benchmark *benchmark, uint64_t n) {
  uint64_t start = now();
  benchmark->run(n);
  return now() - start;
}

/*
 * The smallest power of two whose run lasts the wanted time, so that runs on similar machines agree. First runs can be
 * slow (caches, CPUs asleep), so it must last that long twice. Serves as the warm-up as well.
 */
static uint64_t calibrate(const struct benchmark *benchmark) {
  uint64_t n = 1, wanted = options.min_time_ns;
  while (n < MOST_OPERATIONS && (duration_of(benchmark, n) < wanted || duration_of(benchmark, n) < wanted)) n *= 2;
  return n;
}

/* Returns why it could not be measured, or NULL. */
static const char *measure(const struct benchmark *benchmark) {
  static char line[1 << 16];
  uint64_t n = options.fixed_n != 0 ? options.fixed_n : calibrate(benchmark);
  size_t used = 0;
  if (options.fixed_n != 0) benchmark->run(n);
  errno = 0;
  for (uint64_t rep = 0; rep < options.reps; rep++) {
    uint64_t time = benchmark->run(n);
    if (time == 0) return errno == 0 ? "failed" : reason("failed");
    used += (size_t)snprintf(line + used, sizeof line - used, "%s%" PRIu64, rep == 0 ? "" : ",", time);
  }
  printf("{\"bench\":\"%s\",\"n\":%" PRIu64 ",\"unit\":\"ns\",\"better\":\"lower\",", benchmark->name, n);
  printf("\"run\":%" PRIu64 ",\"reps\":[%s]}\n", options.run, line);
  fflush(stdout);
  return NULL;
}

/* ---- Facts ------------------------------------------------------------------------------------------------------- */

static void print_text(const char *key, const char *text) {
  printf(",\"%s\":\"", key);
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') putchar('\\');
    if (byte >= 0x20 && byte < 0x7f) putchar(byte);
  }
  putchar('"');
}

/* The rest of the first line of a file that begins with `key` and a colon; for an empty key, its first line. */
static void print_line_of(const char *fact, const char *path, const char *key) {
  char line[256];
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    char *value = *key == '\0' ? line : strchr(line, ':');
    if (value == NULL || strncmp(line, key, strlen(key)) != 0) continue;
    if (*key != '\0') value += strspn(value, ": \t");
    value[strcspn(value, "\n")] = '\0';
    print_text(fact, value);
    break;
  }
  fclose(file);
}

static void print_facts(void) {
  struct utsname system;
  printf("{\"facts\":{\"tool\":\"%s\"", VERSION);
#ifdef __VERSION__
  print_text("compiler", __VERSION__);
#endif
  if (uname(&system) == 0) {
    print_text("architecture", system.machine);
    print_text("kernel", system.release);
    print_text("operatingSystem", system.sysname);
  }
#ifdef _SC_NPROCESSORS_ONLN
  printf(",\"cpus\":%ld", sysconf(_SC_NPROCESSORS_ONLN));
#endif
#ifdef _SC_PHYS_PAGES
  printf(",\"memoryBytes\":%" PRIu64, (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
#endif
#if defined(__x86_64__)
  print_text("virtualization", hypervisor());
#endif
  print_line_of("cpuModel", "/proc/cpuinfo", "model name");
  print_line_of("clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource", "");
  puts("}}");
  fflush(stdout);
}

/* ---- Command line ------------------------------------------------------------------------------------------------ */

static const char usage[] =
  "probe [option...] [benchmark...]   measures what basic operations cost; all of them by default\n"
  "  --list          what there is to measure\n"
  "  --reps R        repetitions of each (1 to 1000; default 10)\n"
  "  --min-time MS   how long a repetition lasts at least (default 20)\n"
  "  --n N           operations of a repetition, instead of choosing them by time\n"
  "  --cpu C         run on this CPU (default: the one it was started on)\n"
  "  --memory MIB    memory to walk, copy and fill (default 64); should be larger than the caches\n"
  "  --run ID        number of this run in the results (default: now, in ms since 1970)\n";

/* Ends the program: exit status 2, as for every wrong usage. */
static void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("probe: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs(" (see probe --help)\n", stderr);
  va_end(arguments);
  exit(2);
}

static double number_after(char **words, int at, double least, double most) {
  char *end;
  if (words[at + 1] == NULL) refuse("%s needs a number", words[at]);
  double value = strtod(words[at + 1], &end);
  if (*end != '\0' || end == words[at + 1] || !(value >= least && value <= most))
    refuse("%s needs a number from %.15g to %.15g", words[at], least, most);
  return value;
}

static const struct benchmark *named(const char *name) {
  for (size_t i = 0; i < BENCHMARK_COUNT; i++)
    if (strcmp(benchmarks[i].name, name) == 0) return &benchmarks[i];
  refuse("no benchmark is called %s; probe --list shows them", name);
  return NULL;
}

/* Takes the options; what is left in words[1…] are names, of which the count is returned. */
static int take_options(char **words) {
  int names = 0;
  for (int at = 1; words[at] != NULL; at++) {
    const char *word = words[at];
    if (strcmp(word, "--help") == 0 || strcmp(word, "--list") == 0) {
      if (word[2] == 'h') fputs(usage, stdout);
      for (size_t i = 0; i < BENCHMARK_COUNT && word[2] == 'l'; i++)
        printf("%-21s%s\n", benchmarks[i].name, benchmarks[i].operation);
      exit(0);
    }
    if (word[0] != '-') words[++names] = words[at];
    else if (strcmp(word, "--reps") == 0) options.reps = (uint64_t)number_after(words, at++, 1, 1000);
    else if (strcmp(word, "--min-time") == 0) options.min_time_ns = (uint64_t)(number_after(words, at++, 0, 1e5) * 1e6);
    else if (strcmp(word, "--n") == 0) options.fixed_n = (uint64_t)number_after(words, at++, 1, 1e15);
    else if (strcmp(word, "--cpu") == 0) options.cpu = (int)number_after(words, at++, 0, 1e6);
    else if (strcmp(word, "--memory") == 0) memory_bytes = (size_t)number_after(words, at++, 1, 65536) * MIB;
    else if (strcmp(word, "--run") == 0) options.run = (uint64_t)number_after(words, at++, 0, 9e15);
    else refuse("unknown option %s", word);
  }
  return names;
}

/* Returns whether it was measured. */
static int measure_or_skip(const struct benchmark *benchmark) {
  const char *why = benchmark->prepare == NULL ? NULL : benchmark->prepare();
  if (why == NULL) {
    why = measure(benchmark);
    if (benchmark->finish != NULL) benchmark->finish();
  }
  if (why != NULL) fprintf(stderr, "{\"skipped\":\"%s\",\"reason\":\"%s\"}\n", benchmark->name, why);
  return why == NULL;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], EXIT_AT_ONCE) == 0) return 0;
  options.run = nanoseconds(CLOCK_REALTIME) / 1000000u;
  int names = take_options(words), skipped = 0;
  for (int i = 1; i <= names; i++) named(words[i]);
  /* Before a CPU is chosen: some C libraries count only those that the program may use. */
  print_facts();
  if (choose_cpus(options.cpu) != 0) refuse("CPU %d cannot be used", options.cpu);
#ifdef __linux__
  /* Else the kernel may end a sleep up to 50 us late on purpose. */
  prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
#else
  own_path = words[0];
#endif
  signal(SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < BENCHMARK_COUNT && names == 0; i++) measure_or_skip(&benchmarks[i]);
  for (int i = 1; i <= names; i++) skipped += !measure_or_skip(named(words[i]));
  return skipped > 0 ? 1 : 0;
}
