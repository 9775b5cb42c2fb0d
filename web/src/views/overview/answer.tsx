/** The first sentence, and the three sources. */
import { hidesExits } from '../../../../src/explain/bounds.js';
import type { Bound } from '../../../../src/explain/explanation.js';
import { lostTimeNs } from '../../../../src/explain/sources.js';
import { type Contribution, largestOf } from '../../books/contributions.js';
import { wantedNs } from '../../books/measures.js';
import { formatCount, formatShare, formatTime, plural, shownName } from '../../design/text.js';
import { BOUND_WORDS } from '../../design/words.js';
import type { AccountName, Explanation } from '../../engine/engine.js';
import { linkTo } from '../../state/address.js';
import { costKind } from '../../state/workspace.js';

interface AnswerProps {
  readonly explanation: Explanation;
}

export function Answer({ explanation }: AnswerProps) {
  return (
    <section class="answer" aria-label="The answer">
      <Sentence explanation={explanation} />
      <div class="sources">
        <SourceTiles explanation={explanation} />
        <Beside explanation={explanation} />
      </div>
    </section>
  );
}

function Sentence({ explanation }: AnswerProps) {
  const { machines, totals, recording, sources, quality } = explanation;
  const [lost, wanted] = [lostTimeNs(sources), wantedNs(explanation)];
  const where = `${plural(totals.vcpus, 'vCPU')} of ${plural(machines.length, 'machine')} on ${plural(recording.pcpus, 'pCPU')} over ${formatTime(recording.durationNs)}; data quality ${quality.grade}`;
  if (costKind.value === 'host') {
    return (
      <h1>
        Beside guest code the host spent <b>{formatTime(totals.hostCostNs)}</b>,{' '}
        {formatShare(totals.hostCostNs, totals.durationNs)} of all vCPUs’ time
        <small>{where}</small>
      </h1>
    );
  }
  if (wanted === 0) {
    return (
      <h1>
        No guest wanted to run here, as far as is known
        <small>{where}</small>
      </h1>
    );
  }
  return (
    <h1>
      The guests lost {BOUND_WORDS[quality.lostTime]}
      <b>{formatShare(lost, wanted)}</b> of the {formatTime(wanted)} in which they wanted to run
      <small>
        {where}
        {quality.lostTime === 'rough' && ': events were not recorded, so delays and idle time are mixed'}
      </small>
    </h1>
  );
}

interface Source {
  readonly name: string;
  readonly about: string;
  readonly ns: number;
  /** Without these events its 0 means nothing. */
  readonly accounts: readonly AccountName[];
  readonly bound: Bound;
  readonly link: string;
  readonly largest: readonly Contribution[];
}

function SourceTiles({ explanation }: AnswerProps) {
  const { sources, quality } = explanation;
  const wanted = wantedNs(explanation);
  const boundOfExits = hidesExits(quality) ? 'at least' : 'measured';
  const tiles: Source[] = [
    {
      name: 'Guest exits',
      about: 'the guest did something for which the hypervisor had to leave it',
      ns: sources.guestExitsNs,
      accounts: ['hypervisor'],
      bound: boundOfExits,
      link: linkTo('exits'),
      largest: largestOf(explanation, 'exits'),
    },
    {
      name: 'Interrupts',
      about: 'hardware or other vCPUs interrupted the guest',
      ns: sources.interruptsNs,
      accounts: ['interrupt'],
      bound: boundOfExits,
      link: linkTo('exits', { filter: 'interrupt' }),
      largest: largestOf(explanation, 'interrupts'),
    },
    {
      name: 'Hypervisor overload',
      about: 'vCPUs waited for a pCPU that others had',
      ns: sources.overloadNs,
      accounts: ['wakeup', 'preempted'],
      bound: 'measured',
      link: linkTo('scheduling'),
      largest: largestOf(explanation, 'overload'),
    },
  ];
  const most = Math.max(...tiles.map(({ ns }) => ns), 1);
  return (
    <>
      {tiles.map(({ name, about, ns, accounts, bound, link, largest }) => {
        const isRecorded = ns > 0 || !accounts.some((account) => quality.notRecorded.includes(account));
        return (
          <a key={name} class="tile" href={link} data-source={name} data-ns={ns}>
            <span class="tile-name">{name}</span>
            <span class="tile-share">
              {isRecorded ? `${BOUND_WORDS[bound]}${formatShare(ns, wanted)}` : 'not recorded'}
            </span>
            <span class="tile-time">{isRecorded ? formatTime(ns) : ' '}</span>
            <span class="tile-bar">
              <span style={{ width: `${(ns / most) * 100}%` }} />
            </span>
            <span class="quiet">{about}</span>
            <dl class="facts most">
              {largest.map((part) => (
                <div key={part.name}>
                  <dt>{shownName(part.name)}</dt>
                  <dd>{formatTime(part.ns)}</dd>
                </div>
              ))}
            </dl>
          </a>
        );
      })}
    </>
  );
}

function Beside({ explanation: { totals, quality } }: AnswerProps) {
  const rows: (readonly [string, number, ...AccountName[]])[] = [
    ['idle', totals.ledgerNs.idle],
    ['halt polling', totals.ledgerNs.poll, 'poll'],
    ['kept out by the VMM', totals.keptOutNs, 'vmm', 'blocked'],
    ['unknown', totals.ledgerNs.unknown],
    // As in the lost time above: who is kept out by the VMM does not want to run.
    [
      'guest delay',
      totals.guestDelayNs - totals.keptOutNs,
      ...(quality.exits === 'complete' ? [] : (['hypervisor'] as const)),
    ],
    ['host cost', totals.hostCostNs, ...(quality.exits === 'complete' ? [] : (['hypervisor'] as const))],
  ];
  return (
    <div class="tile beside">
      <span class="tile-name">Beside that</span>
      <dl class="facts">
        {rows.map(([name, ns, ...accounts]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {ns === 0 && accounts.some((account) => quality.notRecorded.includes(account))
                ? 'not recorded'
                : formatTime(ns)}
            </dd>
          </div>
        ))}
        <div>
          <dt>exits</dt>
          <dd>{formatCount(totals.exits)}</dd>
        </div>
      </dl>
    </div>
  );
}
