/** The system page of QNX 8.0, as far as a trace is read for it. */
import {
  CLUSTER,
  GLOBAL_CLOCK_CYCLES,
  HYPINFO,
  QTIME,
  SYSPAGE,
  SYSPAGE_TYPE,
  X86_KINDS,
} from '../../../formats/qnx/syspage-layout.js';
import type { TracedHost } from '../trace-event.js';

export interface SyspageOptions {
  readonly littleEndian?: boolean;
  /** What guests run on; without it none can. */
  readonly virtualization?: 'arm' | 'vmx' | 'svm';
  readonly globalClock?: boolean;
}

export function syspageBytes(host: TracedHost, options: SyspageOptions = {}): Uint8Array {
  const littleEndian = options.littleEndian ?? true;
  const names = host.clusters.map(({ name }) => new TextEncoder().encode(`${name}\0`));
  const nameBytes = names.reduce((sum, { length }) => sum + length, 0);
  const qtime = SYSPAGE.end;
  const hypinfo = qtime + QTIME.bytes;
  const clusters = hypinfo + HYPINFO.bytes;
  const strings = clusters + host.clusters.length * CLUSTER.bytes;
  const total = Math.ceil((strings + nameBytes) / 8) * 8;
  const view = new DataView(new ArrayBuffer(total));
  const short = (at: number, ...values: number[]) =>
    values.forEach((value, index) => {
      view.setUint16(at + 2 * index, value, littleEndian);
    });
  short(SYSPAGE.headerSize, SYSPAGE.end, total, SYSPAGE_TYPE[host.architecture], host.cpus);
  short(SYSPAGE.qtimeSection, qtime, QTIME.bytes);
  short(SYSPAGE.stringsSection, strings, nameBytes);
  short(SYSPAGE.hypinfoSection, hypinfo, HYPINFO.bytes);
  short(SYSPAGE.clusterSection, clusters, host.clusters.length * CLUSTER.bytes, CLUSTER.bytes);
  view.setBigUint64(qtime + QTIME.cyclesPerSecond, BigInt(host.cyclesPerSecond), littleEndian);
  view.setUint32(qtime + QTIME.flags, options.globalClock === true ? GLOBAL_CLOCK_CYCLES : 0, littleEndian);
  view.setBigUint64(hypinfo, hypinfoFlags(options.virtualization), littleEndian);
  let name = 0;
  host.clusters.forEach(({ mask }, index) => {
    const at = clusters + index * CLUSTER.bytes;
    view.setBigUint64(at + CLUSTER.mask, BigInt(mask), littleEndian);
    view.setUint16(at + CLUSTER.name, name, littleEndian);
    new Uint8Array(view.buffer).set(names[index], strings + name);
    name += names[index].length;
  });
  return new Uint8Array(view.buffer);
}

function hypinfoFlags(virtualization: SyspageOptions['virtualization']): bigint {
  if (virtualization === undefined) return 0n;
  const kind = virtualization === 'arm' ? 0 : X86_KINDS.indexOf(virtualization);
  return BigInt(HYPINFO.enabled) | (BigInt(kind) << BigInt(8 * HYPINFO.kindByte));
}
