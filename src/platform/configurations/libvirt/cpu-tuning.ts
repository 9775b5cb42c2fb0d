/** <vcpu>, <cputune> and <iothreads> → vCPUs and threads with the pCPUs, priorities and time that they get. */
import { quoted } from '../complaints.js';
import type { CpuBudget, Scheduling, VcpuConfiguration, VmmThread } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './xml.js';

/** libvirt's and KVM's largest machine on x86. */
const MOST_VCPUS = 4096;
const MOST_IOTHREADS = 1024;

interface Pinned {
  readonly runmask: readonly number[] | null;
  readonly place: XmlElement;
}

/** By the vCPU's number. */
export type Runmasks = ReadonlyMap<number, Pinned>;

export function runmasksOf(domain: XmlElement, reader: Reader): Runmasks {
  const runmasks = new Map<number, Pinned>();
  for (const pin of childrenOf(childOf(domain, 'cputune'), 'vcpupin')) {
    const vcpu = reader.numberAt(pin, 'vcpu');
    if (vcpu === null) continue;
    if (runmasks.has(vcpu))
      reader.complain('repeated-option', pin, `vCPU ${vcpu} is pinned twice: the last one counts`, 'warning');
    runmasks.set(vcpu, { runmask: reader.pcpus(pin, attributeOf(pin, 'cpuset')), place: pin });
  }
  return runmasks;
}

export function vcpusOf(domain: XmlElement, runmasks: Runmasks, reader: Reader): VcpuConfiguration[] {
  const element = childOf(domain, 'vcpu');
  const most = element === undefined ? 1 : (reader.number(element, element.text) ?? 1);
  const current = reader.numberAt(element, 'current') ?? most;
  const count = Math.min(Math.max(current, 1), MOST_VCPUS);
  if (count !== current) {
    reader.complain('bad-vcpus', element ?? domain, `a machine has 1 to ${MOST_VCPUS} vCPUs, not ${current}`);
  }
  for (const [vcpu, { place }] of runmasks) {
    if (vcpu >= Math.max(most, count)) {
      reader.complain('bad-vcpus', place, `there is no vCPU ${vcpu}: the machine has ${most}`, 'warning');
    }
  }
  const common = reader.pcpus(element, attributeOf(element, 'cpuset'));
  const scheduling = schedulersOf(domain, 'vcpusched', 'vcpus', reader);
  const place = element === undefined ? null : reader.placeOf(element);
  return Array.from({ length: count }, (_, id) => {
    const own = runmasks.get(id);
    return {
      id,
      scheduling: scheduling.find(({ ids }) => ids.has(id))?.scheduling ?? null,
      runmask: own?.runmask ?? common,
      cluster: null,
      partition: null,
      options: [],
      place: own === undefined ? place : reader.placeOf(own.place),
    };
  });
}

export function threadsOf(domain: XmlElement, reader: Reader): VmmThread[] {
  const tuning = childOf(domain, 'cputune');
  const pin = childOf(tuning, 'emulatorpin');
  const sched = childOf(tuning, 'emulatorsched');
  const emulator = pin ?? sched;
  const threads: VmmThread[] =
    emulator === undefined
      ? []
      : [
          {
            role: 'emulator',
            id: null,
            runmask: reader.pcpus(pin, attributeOf(pin, 'cpuset')),
            scheduling: sched === undefined ? null : schedulingOf(sched, reader),
            place: reader.placeOf(emulator),
          },
        ];
  return [...threads, ...iothreadsOf(domain, reader)];
}

function iothreadsOf(domain: XmlElement, reader: Reader): VmmThread[] {
  const element = childOf(domain, 'iothreads');
  const listed = childrenOf(childOf(domain, 'iothreadids'), 'iothread');
  const count = Math.max(reader.number(element, element?.text) ?? 0, listed.length);
  if (count > MOST_IOTHREADS) reader.complain('bad-number', element ?? domain, `${count} I/O threads are too many`);
  // Without ids they are numbered from 1.
  const stated = listed.map((one) => attributeOf(one, 'id') ?? '');
  const ids = stated.concat(Array.from({ length: Math.min(count, MOST_IOTHREADS) }, (_, index) => String(index + 1)));
  const unique = [...new Set(ids)].slice(0, Math.min(count, MOST_IOTHREADS));
  const pins = childrenOf(childOf(domain, 'cputune'), 'iothreadpin');
  const schedulers = schedulersOf(domain, 'iothreadsched', 'iothreads', reader);
  return unique.map((id) => {
    const pin = pins.findLast((one) => attributeOf(one, 'iothread') === id);
    return {
      role: 'iothread',
      id: `iothread${id}`,
      runmask: reader.pcpus(pin, attributeOf(pin, 'cpuset')),
      scheduling: schedulers.find(({ ids: of }) => of.has(Number(id)))?.scheduling ?? null,
      place: reader.placeOf(pin ?? element ?? domain),
    };
  });
}

interface Scheduler {
  readonly ids: ReadonlySet<number>;
  readonly scheduling: Scheduling | null;
}

function schedulersOf(domain: XmlElement, name: string, attribute: string, reader: Reader): Scheduler[] {
  return childrenOf(childOf(domain, 'cputune'), name).map((element) => ({
    ids: new Set(reader.pcpus(element, attributeOf(element, attribute))),
    scheduling: schedulingOf(element, reader),
  }));
}

const POLICIES: Readonly<Record<string, Scheduling['policy']>> = { fifo: 'fifo', rr: 'round-robin' };

function schedulingOf(element: XmlElement, reader: Reader): Scheduling | null {
  const written = attributeOf(element, 'scheduler') ?? '';
  const policy = Object.hasOwn(POLICIES, written) ? POLICIES[written] : 'other';
  if (policy === 'other' && !['batch', 'idle'].includes(written)) {
    reader.complain('bad-scheduling', element, `${quoted(written)} is no scheduler`);
    return null;
  }
  return { policy, priority: reader.numberAt(element, 'priority') ?? 0, sporadic: null };
}

/** Elements with shares, periods and quotas, in µs. */
export function budgetsOf(domain: XmlElement, reader: Reader): CpuBudget[] {
  const tuning = childOf(domain, 'cputune');
  const budgets: CpuBudget[] = [];
  const shares = childOf(tuning, 'shares');
  if (shares !== undefined) {
    const weight = reader.number(shares, shares.text);
    budgets.push({ of: 'machine', weight, limitPcpus: null, place: reader.placeOf(shares) });
  }
  for (const [of, prefix] of BUDGETS) {
    const quota = childOf(tuning, `${prefix}quota`);
    if (quota === undefined) continue;
    const limitPcpus = limitOf(quota, childOf(tuning, `${prefix}period`), reader);
    if (limitPcpus !== null) budgets.push({ of, weight: null, limitPcpus, place: reader.placeOf(quota) });
  }
  return budgets;
}

const BUDGETS: readonly (readonly [CpuBudget['of'], string])[] = [
  ['vcpu', ''],
  ['machine', 'global_'],
  ['emulator', 'emulator_'],
  ['iothread', 'iothread_'],
];
/** Of the kernel's bandwidth control, where libvirt is not told another one. */
const DEFAULT_PERIOD_US = 100_000;

/** null where there is no limit: a negative quota, or none that can be read. */
function limitOf(quota: XmlElement, period: XmlElement | undefined, reader: Reader): number | null {
  if (quota.text.startsWith('-')) return null;
  const allowed = reader.number(quota, quota.text);
  const every = period === undefined ? DEFAULT_PERIOD_US : (reader.number(period, period.text) ?? DEFAULT_PERIOD_US);
  return allowed === null || allowed === 0 || every === 0 ? null : allowed / every;
}
