/**
 * Where facts are in the system page of QNX 8.0: numbers about an interface, as its headers are published. Other releases
 * lay it out in other ways. All offsets in bytes; a section is where two or three 16-bit numbers say: offset in the page,
 * size, and size of an element for those that are arrays.
 */

export const SYSPAGE = {
  /** 16 bits: size of the fixed part, of the page, its type, number of CPUs. */
  headerSize: 0,
  totalSize: 2,
  type: 4,
  cpus: 6,
  qtimeSection: 20,
  stringsSection: 32,
  cpuSection: 206,
  cacheSection: 212,
  hypinfoSection: 224,
  clusterSection: 228,
  /** The fixed part ends here. */
  end: 240,
} as const;

export const SYSPAGE_TYPE = { x86_64: 0x1100, aarch64le: 0x1101 } as const;

/** 64 bits: cycles per second; 32 bits: flags. */
export const QTIME = { cyclesPerSecond: 0, flags: 48, bytes: 96 } as const;
/** One high half of the time serves all CPUs. */
export const GLOBAL_CLOCK_CYCLES = 0x8;

/** 64 bits of flags: the lowest says that guests can run, the highest 8 on which hardware. */
export const HYPINFO = { bytes: 8, enabled: 1, kindByte: 7 } as const;
/** On x86-64; AArch64 has one kind only. */
export const X86_KINDS = ['vmx', 'svm'] as const;

/** 64 bits: the CPUs; 16 bits: where in the section of strings its name is. */
export const CLUSTER = { mask: 0, name: 8, bytes: 16 } as const;

/**
 * One entry for each CPU. 32 bits: megahertz; 16 bits: where its name is; 8 bits each: the number of its first cache of
 * instructions and of data in the section of caches, NO_CACHE for none.
 */
export const CPU_ENTRY = { megahertz: 4, name: 28, instructionCache: 30, dataCache: 31, bytes: 32 } as const;
export const NO_CACHE = 0xff;

/**
 * 32 bits each: the number of the next cache on the way to memory, NO_CACHE for none; bytes of a line; how many lines; flags.
 * 16 bits: ways.
 */
export const CACHE_ENTRY = { next: 0, lineBytes: 4, lines: 8, flags: 12, ways: 16, bytes: 32 } as const;
/** What is in a cache. */
export const CACHE_HOLDS = { instructions: 1, data: 2 } as const;
