/** What the recording says of the host's CPUs, beyond what every recording shows. */
import type { Explanation } from '../../explain/explanation.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';

/** At most this many clusters are named. */
const CLUSTERS_NAMED = 8;
/** At most this many kinds of CPUs are named. */
const KINDS_NAMED = 8;
const VIRTUALIZATION = { arm: 'ARM virtualization', vmx: 'VMX', svm: 'SVM' } as const;

/** Nothing where neither the kind of virtualization nor clusters nor CPUs are known. */
export function hostLines({ recording: { host } }: Explanation, style: Style): string[] {
  const { virtualization, clusters = [], cpus = [], pcpus, kernel, architecture } = host;
  if (virtualization === undefined && clusters.length === 0 && cpus.length === 0) return [];
  const facts = [
    [kernel, architecture].flatMap((text) => (text === undefined ? [] : printable(text))).join(' on '),
    pcpus === undefined ? '' : `${pcpus} pCPUs`,
    virtualization === undefined ? '' : VIRTUALIZATION[virtualization],
  ];
  const named = clusters
    .slice(0, CLUSTERS_NAMED)
    .map(({ name, pcpus: members }) => `${printable(name)} = ${members.join(', ')}`);
  const more = clusters.length > CLUSTERS_NAMED ? '; …' : '';
  const list = named.length === 0 ? '' : `; clusters of pCPUs: ${named.join('; ')}${more}`;
  return [
    style.dim(`Host: ${facts.filter((fact) => fact !== '').join(', ')}${list}`),
    ...cpus.slice(0, KINDS_NAMED).map((kind) => style.dim(`  ${cpuText(kind)}`)),
  ];
}

type CpuKind = NonNullable<Explanation['recording']['host']['cpus']>[number];
const HOLDS = { instructions: ' instructions', data: ' data', both: '' } as const;

/** "pCPUs 0, 1: Cortex-A72, 1500 MHz; L1 instructions 48 KiB, L1 data 32 KiB, L2 1024 KiB" */
function cpuText({ name, megahertz, pcpus, caches }: CpuKind): string {
  const facts = [printable(name), megahertz === null ? '' : `${megahertz} MHz`].filter((fact) => fact !== '');
  const sizes = caches.map(({ level, holds, bytes }) => `L${level}${HOLDS[holds]} ${Math.round(bytes / 1024)} KiB`);
  return `pCPUs ${pcpus.join(', ')}: ${[facts.join(', '), sizes.join(', ')].filter((text) => text !== '').join('; ')}`;
}
