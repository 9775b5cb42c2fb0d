/** What the facts of the host say, in a few lines: what changes the cost of exits and of waking up. */

import { counted, formatNs } from '../../base/quantities.js';
import type { Explanation } from '../../explain/explanation.js';
import { cpuListText } from '../../platform/host/cpu-list.js';
import type { HostPlatform } from '../../platform/host/host-platform.js';
import { printable } from '../untrusted.js';
import { proseWidth, type Style } from './style.js';
import { wrapped } from './wrap.js';

export function hostFactLines({ host }: Explanation, style: Style): string[] {
  if (host === null) return [];
  const lines = [computer(host), speed(host), memory(host), kvm(host), mitigated(host)].filter((line) => line !== '');
  return [
    style.bold(`The host, as ${printable(host.source)} says`),
    ...lines.map((line) => wrapped(`  ${line}`, proseWidth(style))),
  ];
}

const joined = (facts: readonly (string | false | null | undefined)[]): string =>
  facts.filter((fact) => typeof fact === 'string' && fact !== '').join(', ');

/** Each once, in the order of first appearance. */
const distinct = (texts: readonly (string | null)[]): string =>
  [...new Set(texts)].flatMap((text) => (text === null ? [] : printable(text))).join(' and ');

function computer({ cpuModel, isGuest, pcpus, nodes, smt, kernel, architecture }: HostPlatform): string {
  const online = pcpus.filter((pcpu) => pcpu.online);
  const isolated = online.filter((pcpu) => pcpu.isolated).map(({ pcpu }) => pcpu);
  return joined([
    cpuModel !== null && printable(cpuModel),
    online.length > 0 && counted(online.length, 'pCPU'),
    nodes.length > 1 && `${nodes.length} NUMA nodes`,
    smt !== null && `SMT ${smt ? 'on' : 'off'}`,
    isolated.length > 0 && `isolated: ${cpuListText(isolated)}`,
    isGuest === true && 'itself a guest',
    kernel !== null && `Linux ${printable(kernel)}${architecture === null ? '' : ` on ${printable(architecture)}`}`,
  ]);
}

function speed({ pcpus, boost, idleStates, idleGovernor, clocksource }: HostPlatform): string {
  const governors = distinct(pcpus.map(({ governor }) => governor));
  const deepest = idleStates.filter(({ enabledOn }) => enabledOn.length > 0).at(-1);
  return joined([
    governors !== '' && `frequency governor ${governors}`,
    boost !== null && `boost ${boost ? 'on' : 'off'}`,
    deepest !== undefined && `deepest idle state ${printable(deepest.name)} (${formatNs(deepest.latencyNs)} to leave)`,
    idleGovernor !== null && `idle governor ${printable(idleGovernor)}`,
    clocksource !== null && `clock source ${printable(clocksource)}`,
  ]);
}

function memory({ hugePages, swapBytes }: HostPlatform): string {
  const pools = hugePages.pools.filter(({ total }) => total > 0);
  return joined([
    hugePages.transparent !== null && `transparent huge pages ${printable(hugePages.transparent)}`,
    ...pools.map(({ bytes, total }) => `${total} reserved pages of ${bytes / 2 ** 20} MiB`),
    swapBytes === 0 && 'no swap',
  ]);
}

/** Parameters that change what a recording shows; of the others there are too many. */
const SHOWN = ['halt_poll_ns', 'enable_apicv', 'avic', 'ple_gap', 'pause_filter_thresh', 'nx_huge_pages', 'ept', 'npt'];

function kvm({ moduleParameters, vmms }: HostPlatform): string {
  const shown = moduleParameters.filter(({ name }) => SHOWN.includes(name));
  return joined([
    ...shown.map(({ module, name, value }) => `${printable(module)}.${name}=${printable(value)}`),
    vmms.length > 0 && counted(vmms.length, 'VMM'),
  ]);
}

function mitigated({ mitigations }: HostPlatform): string {
  const needed = mitigations.filter(({ value }) => value.startsWith('Mitigation'));
  const open = mitigations.filter(({ value }) => value.startsWith('Vulnerable'));
  return joined([
    needed.length > 0 && `mitigated: ${needed.map(({ name }) => printable(name)).join(' ')}`,
    open.length > 0 && `vulnerable: ${open.map(({ name }) => printable(name)).join(' ')}`,
  ]);
}
