/** Facts of the host from the system page of QNX 8.0. Whatever does not fit is left out: none of it is needed. */
import type { HostFacts } from '../../recording/recording.js';
import {
  CLUSTER,
  GLOBAL_CLOCK_CYCLES,
  HYPINFO,
  QTIME,
  SYSPAGE,
  SYSPAGE_TYPE,
  X86_KINDS,
} from '../qnx/syspage-layout.js';
import { MOST_CPUS } from '../qnx/trace-classes.js';

/** A system page has a few clusters more than CPUs. */
const MOST_CLUSTERS = 256;
const LONGEST_NAME = 64;

export interface SyspageFacts {
  readonly cyclesPerSecond?: number;
  /** One high half of the time serves all CPUs. */
  readonly globalClock: boolean;
  readonly host: HostFacts;
}

const NOTHING: SyspageFacts = { globalClock: false, host: {} };

interface Section {
  readonly offset: number;
  readonly size: number;
}

export function readSyspage(bytes: Uint8Array, littleEndian: boolean): SyspageFacts {
  const page = new Page(bytes, littleEndian);
  const type = page.short(SYSPAGE.type);
  const isKnown = type === SYSPAGE_TYPE.x86_64 || type === SYSPAGE_TYPE.aarch64le;
  if (!isKnown || page.short(SYSPAGE.headerSize) !== SYSPAGE.end || page.short(SYSPAGE.totalSize) > bytes.length) {
    return NOTHING;
  }
  const qtime = page.section(SYSPAGE.qtimeSection);
  const hz = qtime.size >= QTIME.cyclesPerSecond + 8 ? page.long(qtime.offset + QTIME.cyclesPerSecond) : 0n;
  const flags = qtime.size >= QTIME.flags + 4 ? page.word(qtime.offset + QTIME.flags) : 0;
  const virtualization = virtualizationOf(page, type);
  const clusters = clustersOf(page);
  return {
    ...(hz > 0n && { cyclesPerSecond: Number(hz) }),
    globalClock: (flags & GLOBAL_CLOCK_CYCLES) !== 0,
    host: { ...(virtualization && { virtualization }), ...(clusters.length > 0 && { clusters }) },
  };
}

function virtualizationOf(page: Page, type: number): HostFacts['virtualization'] {
  const { offset, size } = page.section(SYSPAGE.hypinfoSection);
  if (size < HYPINFO.bytes) return undefined;
  const flags = page.long(offset);
  if ((flags & BigInt(HYPINFO.enabled)) === 0n) return undefined;
  const kind = Number(flags >> BigInt(8 * HYPINFO.kindByte));
  if (type === SYSPAGE_TYPE.x86_64) return X86_KINDS[kind];
  return kind === 0 ? 'arm' : undefined;
}

type Cluster = NonNullable<HostFacts['clusters']>[number];

function clustersOf(page: Page): Cluster[] {
  const { offset, size } = page.section(SYSPAGE.clusterSection);
  const elementBytes = page.short(SYSPAGE.clusterSection + 4);
  if (elementBytes < CLUSTER.bytes) return [];
  const count = Math.min(MOST_CLUSTERS, Math.floor(size / elementBytes));
  return Array.from({ length: count }, (_, index) => {
    const at = offset + index * elementBytes;
    const mask = page.long(at + CLUSTER.mask);
    const pcpus = Array.from({ length: MOST_CPUS }, (_, cpu) => cpu).filter(
      (cpu) => ((mask >> BigInt(cpu)) & 1n) === 1n,
    );
    return { name: page.string(page.short(at + CLUSTER.name)), pcpus };
  }).filter(({ pcpus }) => pcpus.length > 0);
}

/** Reads what is there; beyond the end everything is zero. */
class Page {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#littleEndian = littleEndian;
  }

  short(at: number): number {
    return at + 2 <= this.#bytes.length ? this.#view.getUint16(at, this.#littleEndian) : 0;
  }

  word(at: number): number {
    return at + 4 <= this.#bytes.length ? this.#view.getUint32(at, this.#littleEndian) : 0;
  }

  long(at: number): bigint {
    return at + 8 <= this.#bytes.length ? this.#view.getBigUint64(at, this.#littleEndian) : 0n;
  }

  /** The section that two numbers at `at` describe; empty where it is not inside the page. */
  section(at: number): Section {
    const section = { offset: this.short(at), size: this.short(at + 2) };
    return section.offset + section.size <= this.#bytes.length ? section : { offset: 0, size: 0 };
  }

  /** Of the section of strings. */
  string(start: number): string {
    const { offset, size } = this.section(SYSPAGE.stringsSection);
    const bytes = this.#bytes.subarray(offset + start, Math.min(offset + size, offset + start + LONGEST_NAME));
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
