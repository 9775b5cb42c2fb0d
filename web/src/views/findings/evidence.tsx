/** Where to look: every reference with its numbers, as a link into the view that shows it. */
import type { Reference } from '../../../../src/findings/finding.js';
import { takerOf } from '../../books/culprit-matrix.js';
import { formatTime, plural, shownName, shownText } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';
import { linkOf } from '../../state/links.js';

interface EvidenceProps {
  readonly explanation: Explanation;
  readonly references: readonly Reference[];
}

export function Evidence({ explanation, references }: EvidenceProps) {
  // Rows of several vCPUs may be meant by the same words.
  const unique = new Map(references.map((reference) => [JSON.stringify(reference), reference]));
  return (
    <ul class="evidence">
      {[...unique].map(([key, reference]) => {
        const link = linkOf(reference, explanation);
        const { where, name, numbers } = describe(reference, explanation);
        const content = (
          <>
            <span class="kind">{where}</span>
            <span>{shownText(name)}</span>
            <span class="quiet">{numbers}</span>
          </>
        );
        return (
          <li key={key} data-reference={reference.kind}>
            {link === undefined ? (
              <span class="reference">{content}</span>
            ) : (
              <a class="reference" href={link}>
                {content}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface Described {
  readonly where: string;
  /** Untrusted text. */
  readonly name: string;
  readonly numbers: string;
}

function describe(reference: Reference, explanation: Explanation): Described {
  const { exits, culprits, worst } = explanation;
  switch (reference.kind) {
    case 'exits': {
      const rows = exits.filter(
        (row) =>
          row.machine === reference.machine &&
          row.cause === reference.cause &&
          (reference.vcpu === null || row.vcpu === reference.vcpu) &&
          (reference.reason === null || row.reason === reference.reason) &&
          (reference.detail === null || row.detail === reference.detail) &&
          (reference.device === null || row.device === reference.device),
      );
      const count = rows.reduce((sum, row) => sum + row.count, 0);
      const ns = rows.reduce((sum, row) => sum + row.guestDelayNs, 0);
      const names = [reference.device, reference.detail ?? reference.reason].filter((text) => text !== null);
      return {
        where: 'exits',
        name: `${reference.cause}: ${names.join(', ') || 'all'}`,
        numbers: `${formatTime(ns)} in ${plural(count, 'exit')}`,
      };
    }
    case 'culprits': {
      const rows = culprits.filter(
        ({ machine, name, account }) =>
          machine === reference.machine &&
          name === reference.name &&
          (reference.account === null || account === reference.account),
      );
      const ns = rows.reduce((sum, row) => sum + row.ns, 0);
      return {
        where: 'took pCPU',
        name: rows.length === 0 ? reference.name : takerOf(explanation, reference.machine, rows[0]).name,
        numbers: `${formatTime(ns)} from ${shownName(reference.machine)}`,
      };
    }
    case 'worst': {
      const { machine, vcpu, atNs } = reference;
      const episode = worst.find((one) => one.machine === machine && one.vcpu === vcpu && one.atNs === atNs);
      const numbers = episode === undefined ? '' : `${formatTime(episode.guestDelayNs)} of guest delay`;
      return { where: 'timeline', name: `vCPU ${vcpu} of ${machine} at ${episode?.clockTime ?? atNs}`, numbers };
    }
    case 'configuration':
      return { where: 'file', name: `${reference.source}, line ${reference.line}`, numbers: '' };
    default:
      return { where: 'data quality', name: reference.code, numbers: '' };
  }
}
