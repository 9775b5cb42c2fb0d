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
import { SyspageBytes } from './syspage-bytes.js';
import { cpuKindsOf } from './syspage-cpus.js';

/** A system page has a few clusters more than CPUs. */
const MOST_CLUSTERS = 256;

export interface SyspageFacts {
  readonly cyclesPerSecond?: number;
  /** One high half of the time serves all CPUs. */
  readonly globalClock: boolean;
  readonly host: HostFacts;
}

const NOTHING: SyspageFacts = { globalClock: false, host: {} };

export function readSyspage(bytes: Uint8Array, littleEndian: boolean): SyspageFacts {
  const page = new SyspageBytes(bytes, littleEndian);
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
  const cpus = cpuKindsOf(page);
  const pcpus = page.short(SYSPAGE.cpus);
  return {
    ...(hz > 0n && { cyclesPerSecond: Number(hz) }),
    globalClock: (flags & GLOBAL_CLOCK_CYCLES) !== 0,
    host: {
      ...(pcpus > 0 && pcpus <= MOST_CPUS && { pcpus }),
      ...(virtualization && { virtualization }),
      ...(cpus.length > 0 && { cpus }),
      ...(clusters.length > 0 && { clusters }),
    },
  };
}

function virtualizationOf(page: SyspageBytes, type: number): HostFacts['virtualization'] {
  const { offset, size } = page.section(SYSPAGE.hypinfoSection);
  if (size < HYPINFO.bytes) return undefined;
  const flags = page.long(offset);
  if ((flags & BigInt(HYPINFO.enabled)) === 0n) return undefined;
  const kind = Number(flags >> BigInt(8 * HYPINFO.kindByte));
  if (type === SYSPAGE_TYPE.x86_64) return X86_KINDS[kind];
  return kind === 0 ? 'arm' : undefined;
}

type Cluster = NonNullable<HostFacts['clusters']>[number];

function clustersOf(page: SyspageBytes): Cluster[] {
  return page
    .elements(SYSPAGE.clusterSection, CLUSTER.bytes, MOST_CLUSTERS)
    .map((at) => {
      const mask = page.long(at + CLUSTER.mask);
      const pcpus = Array.from({ length: MOST_CPUS }, (_, cpu) => cpu).filter(
        (cpu) => ((mask >> BigInt(cpu)) & 1n) === 1n,
      );
      return { name: page.string(page.short(at + CLUSTER.name)), pcpus };
    })
    .filter(({ pcpus }) => pcpus.length > 0);
}
