/** From N to V: which accounts and causes of the ledger fill the gap, and what no event shows. */
import type { Estimate, Reconciliation } from '../../../../src/explain/reconciliation/reconciliation.js';
import { GUEST_DELAY } from '../../../../src/ledger/accounts.js';
import { formatFactor, mechanismName } from '../../../../src/report/comparison-words.js';
import { accountColour } from '../../design/accounts.js';
import { fitted, remPx, textWidth } from '../../design/measure.js';
import { PartPatterns } from '../../design/parts.jsx';
import { Picture } from '../../design/picture.jsx';
import { formatPercent, formatTime, shownText } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';

/** rem */
const ROW = 1.85;
const BAR = 1.25;
const TEXT = 0.86;

interface Step {
  readonly name: string;
  readonly about: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly colour: string;
  readonly estimate?: Estimate;
}

export function Waterfall({ reconciliation }: { reconciliation: Reconciliation }) {
  const { benchmark, metric, mechanism, perOperation, coverage, outcome, remarks, confidence } = reconciliation;
  const { nativeNs, vmNs, lostNs } = perOperation;
  const steps = stepsOf(reconciliation);
  return (
    <section class="card" aria-label="Reconciled">
      <h2>
        From native to VM: {shownText(benchmark)}, {shownText(metric)}{' '}
        <span class="quiet">{mechanismName(mechanism)}</span>
      </h2>
      <p>
        One operation takes {formatTime(nativeNs.value)} natively and {formatTime(vmNs.value)} in the VM
        {nativeNs.value > 0 && ` (${formatFactor(vmNs.value / nativeNs.value)})`}:{' '}
        {outcome === 'lost' && coverage.explained !== null ? (
          <>
            {formatTime(lostNs.value)} are lost, of which the recording explains{' '}
            <b>{percentWithInterval(coverage.explained)}</b>
            {coverage.events !== null && `, events alone ${percentWithInterval(coverage.events)}`}.
          </>
        ) : (
          OUTCOMES[outcome]
        )}
      </p>
      <Picture name="waterfall" label={`From native to VM: ${benchmark}`} draw={(width) => draw(steps, width)}>
        <span class="quiet">
          Per operation; means with {(confidence * 100).toFixed(0)} % intervals where they are known (thin lines).
        </span>
      </Picture>
      <ul class="issues">
        {remarks.map(({ code, severity, message }) => (
          <li key={`${code} ${message}`} class={severity}>
            <span class="severity">{severity}</span>
            <span>{shownText(message)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const OUTCOMES: Readonly<Record<Reconciliation['outcome'], string>> = {
  lost: 'what was lost cannot be bounded, so no share of it is told.',
  gained: 'the VM is faster, nothing was lost.',
  'not-significant': 'they cannot be told apart, so there is nothing to explain.',
  'not-testable': 'one side was measured only once.',
};

function stepsOf({ perOperation, switches }: Reconciliation): Step[] {
  const { nativeNs, vmNs, ledgerNs, switchesNs, restNs } = perOperation;
  let at = nativeNs.value;
  const step = (name: string, about: string, ns: number, colour: string, estimate?: Estimate): Step => {
    const fromNs = at;
    at += ns;
    return { name, about, fromNs, toNs: at, colour, ...(estimate !== undefined && { estimate }) };
  };
  const native: Step = {
    name: 'native',
    about: 'N: the operation on the host',
    fromNs: 0,
    toNs: at,
    colour: 'var(--quiet)',
    estimate: nativeNs,
  };
  const accounts = GUEST_DELAY.filter((account) => ledgerNs[account] > 0).map((account) =>
    step(account, 'the account of the ledger, per operation', ledgerNs[account], accountColour(account)),
  );
  const between =
    switchesNs === null
      ? []
      : [
          step(
            'entering and leaving',
            `an estimate: ${switches.count.toPrecision(2)} exits per operation, each as long as the shortest stays in the guest`,
            switchesNs,
            'var(--otherThread)',
          ),
        ];
  const rest = step(
    'in no event',
    'slower guest code (page walks in two dimensions, cache and TLB), exits longer than the shortest, the clock',
    restNs.value,
    'url(#unknown)',
    restNs,
  );
  const vm: Step = {
    name: 'VM',
    about: 'V: the operation in the VM',
    fromNs: 0,
    toNs: vmNs.value,
    colour: 'var(--accent)',
    estimate: vmNs,
  };
  return [native, ...accounts, ...between, rest, vm];
}

function draw(steps: readonly Step[], width: number) {
  const rem = remPx();
  const names = steps.map(({ name }) => name);
  const left = Math.min(width * 0.3, Math.max(...names.map((name) => textWidth(name, TEXT * rem)))) + rem * 0.8;
  const amounts = steps.map((step) => amountText(step));
  const right = width - Math.max(...amounts.map((text) => textWidth(text, TEXT * rem))) - rem * 0.8;
  const ends = steps.flatMap(({ fromNs, toNs, estimate }) => [
    fromNs,
    toNs,
    toNs + ((estimate?.high ?? 0) - (estimate?.value ?? 0)),
  ]);
  const [least, most] = [Math.min(0, ...ends), Math.max(...ends)];
  const place = (ns: number) => left + ((ns - least) / (most - least || 1)) * (right - left);
  return {
    height: Math.ceil(steps.length * ROW * rem),
    content: (
      <>
        <PartPatterns />
        <line class="grid" x1={place(0)} x2={place(0)} y1="0" y2={steps.length * ROW * rem} />
        {steps.map((step, index) => {
          const y = index * ROW * rem;
          const [from, to] = [place(Math.min(step.fromNs, step.toNs)), place(Math.max(step.fromNs, step.toNs))];
          const middle = y + (BAR * rem) / 2;
          return (
            <g key={step.name} class="part" {...explains(() => <StepFacts step={step} />)}>
              <text x="0" y={middle + TEXT * rem * 0.35}>
                {fitted(step.name, left - rem * 0.6, TEXT * rem)}
              </text>
              <rect x={from} y={y} width={Math.max(1, to - from)} height={BAR * rem} fill={step.colour} />
              {step.estimate?.low != null && step.estimate.high !== null && (
                <line
                  class="interval thin-interval"
                  x1={place(step.toNs + step.estimate.low - step.estimate.value)}
                  x2={place(step.toNs + step.estimate.high - step.estimate.value)}
                  y1={middle}
                  y2={middle}
                />
              )}
              {index + 1 < steps.length && (
                <line class="grid" x1={place(step.toNs)} x2={place(step.toNs)} y1={y + BAR * rem} y2={y + ROW * rem} />
              )}
              <text x={width - 2} y={middle + TEXT * rem * 0.35} text-anchor="end">
                {amounts[index]}
              </text>
            </g>
          );
        })}
      </>
    ),
  };
}

function amountText({ name, fromNs, toNs }: Step): string {
  const isSide = name === 'native' || name === 'VM';
  const ns = toNs - fromNs;
  return isSide ? formatTime(ns) : `${ns < 0 ? '−' : '+'}${formatTime(Math.abs(ns))}`;
}

function StepFacts({ step }: { step: Step }) {
  const { name, about, estimate } = step;
  return (
    <>
      <b>{name}</b> <span class="quiet">{about}</span>
      <Facts
        rows={[
          ['per operation', amountText(step)],
          ...(estimate?.low != null && estimate.high !== null
            ? [['interval', `${formatTime(estimate.low)} to ${formatTime(estimate.high)}`] as const]
            : []),
        ]}
      />
    </>
  );
}

function percentWithInterval({ value, low, high }: Estimate): string {
  const percent = (share: number) => formatPercent(share * 100);
  return low === null || high === null ? percent(value) : `${percent(value)} (${percent(low)} to ${percent(high)})`;
}
