/** What the recording says of the host's CPUs, beyond what every recording shows. */
import type { Explanation } from '../../explain/explanation.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';

/** At most this many clusters are named. */
const CLUSTERS_NAMED = 8;
const VIRTUALIZATION = { arm: 'ARM virtualization', vmx: 'VMX', svm: 'SVM' } as const;

/** Nothing where neither the kind of virtualization nor clusters are known. */
export function hostLines({ recording: { host } }: Explanation, style: Style): string[] {
  const { virtualization, clusters = [], pcpus, kernel, architecture } = host;
  if (virtualization === undefined && clusters.length === 0) return [];
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
  return [style.dim(`Host: ${facts.filter((fact) => fact !== '').join(', ')}${list}`)];
}
