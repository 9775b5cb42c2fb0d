/** Who had each pCPU: bars that add up to T, with every vCPU apart. */
import type { PcpuPlacement } from '../../../../src/explain/placement.js';
import { accountColour, textOnAccount } from '../../design/accounts.js';
import { fitted, remPx, textWidth } from '../../design/measure.js';
import { PartPatterns, partColour } from '../../design/parts.jsx';
import { Picture } from '../../design/picture.jsx';
import { formatShare, formatTime, shownName } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import type { Explanation } from '../../engine/engine.js';

/** rem */
const BAR = 1.5;
const GAP = 0.45;
const TEXT = 0.86;
const DRAWN = 64;

interface Part {
  /** Untrusted text. */
  readonly name: string;
  readonly kind: keyof typeof COLOURS;
  readonly ns: number;
}

const COLOURS = {
  vCPU: accountColour('guest'),
  VMM: accountColour('vmm'),
  kernel: 'var(--kernelThread)',
  process: 'var(--otherThread)',
  idle: accountColour('idle'),
  unknown: partColour('unknown'),
} as const;

const KINDS = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

const TEXT_COLOURS: Readonly<Record<keyof typeof COLOURS, string>> = {
  vCPU: textOnAccount('guest'),
  VMM: textOnAccount('vmm'),
  kernel: 'var(--on-kernelThread)',
  process: 'var(--on-otherThread)',
  idle: textOnAccount('idle'),
  unknown: 'var(--text)',
};

const KIND_WORDS: Readonly<Record<keyof typeof COLOURS, string>> = {
  vCPU: 'vCPUs',
  VMM: 'other threads of VMMs',
  kernel: 'kernel threads',
  process: 'other processes',
  idle: 'idle',
  unknown: 'unknown',
};

/** Beside vCPUs Xen runs those of domains that are not looked at, domain 0 among them. */
const XEN_WORDS: typeof KIND_WORDS = { ...KIND_WORDS, process: 'vCPUs of other domains', kernel: 'Xen itself' };

export function PcpuBars({ explanation }: { explanation: Explanation }) {
  const { placement, recording } = explanation;
  const { pcpus } = placement;
  const words = recording.hypervisor === 'xen' ? XEN_WORDS : KIND_WORDS;
  return (
    <section class="card" aria-label="Who had each pCPU">
      <h2>Who had each pCPU</h2>
      {pcpus === null && (
        <p class="quiet">No scheduler events were recorded: only where vCPUs were met is known, in the map below.</p>
      )}
      {pcpus !== null && (
        <>
          <ul class="legend">
            {KINDS.filter((kind) => pcpus.some((pcpu) => partsOf(pcpu).some((part) => part.kind === kind))).map(
              (kind) => (
                <li key={kind}>
                  <svg width="14" height="14" aria-hidden="true">
                    <PartPatterns />
                    <rect x="0.5" y="0.5" width="13" height="13" rx="2" fill={COLOURS[kind]} class="swatch" />
                  </svg>
                  {words[kind]}
                </li>
              ),
            )}
          </ul>
          <Picture
            name="pcpus"
            label={`Who had each of ${pcpus.length} pCPUs: each bar is T, ${formatTime(recording.durationNs)}`}
            draw={(width) => drawPcpus(pcpus.slice(0, DRAWN), recording.durationNs, width)}
          >
            <span class="quiet">
              {pcpus.length > DRAWN && `The first ${DRAWN} of ${pcpus.length} pCPUs. `}
              Each bar is T = {formatTime(recording.durationNs)}. The line below it: a vCPU waited for this pCPU.
            </span>
          </Picture>
        </>
      )}
    </section>
  );
}

/** Without parts of no length. */
function partsOf({ threads, vcpuNs, vmmNs, kernelNs, processNs, idleNs, unknownNs }: PcpuPlacement): Part[] {
  const own = threads
    .filter(({ kind }) => kind === 'vCPU')
    .map(({ name, ns }): Part => ({ name: `vCPU ${name}`, kind: 'vCPU', ns }));
  const others = vcpuNs - own.reduce((sum, { ns }) => sum + ns, 0);
  /** By the thread that had most of it, where that is most of all. */
  const named = (kind: keyof typeof THREAD_KINDS, ns: number): Part => {
    const [longest] = threads.filter((thread) => thread.kind === THREAD_KINDS[kind]);
    if (longest === undefined || longest.ns * 2 < ns) return { name: KIND_WORDS[kind], kind, ns };
    return { name: longest.ns >= ns * 0.995 ? longest.name : `${longest.name} and others`, kind, ns };
  };
  const parts: Part[] = [
    ...own,
    { name: 'other vCPUs', kind: 'vCPU', ns: others },
    named('VMM', vmmNs),
    named('kernel', kernelNs),
    named('process', processNs),
    { name: 'idle', kind: 'idle', ns: idleNs },
    { name: 'unknown', kind: 'unknown', ns: unknownNs },
  ];
  return parts.filter(({ ns }) => ns > 0);
}

const THREAD_KINDS = { VMM: 'VMM thread', kernel: 'kernel thread', process: 'process' } as const;

function drawPcpus(pcpus: readonly PcpuPlacement[], durationNs: number, width: number) {
  const rem = remPx();
  const left = Math.ceil(Math.max(...pcpus.map(({ pcpu }) => textWidth(`pCPU ${pcpu}`, TEXT * rem)))) + rem * 0.7;
  const room = width - left - 1;
  const step = (BAR + GAP) * rem;
  return {
    height: Math.ceil(pcpus.length * step),
    content: (
      <>
        <PartPatterns />
        {pcpus.map((pcpu, index) => (
          <g key={pcpu.pcpu}>
            <text x="0" y={index * step + BAR * rem * 0.68}>
              pCPU {pcpu.pcpu}
            </text>
            <PcpuBar pcpu={pcpu} durationNs={durationNs} x={left} y={index * step} width={room} />
          </g>
        ))}
      </>
    ),
  };
}

interface BarProps {
  readonly pcpu: PcpuPlacement;
  readonly durationNs: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function PcpuBar({ pcpu, durationNs, x, y, width }: BarProps) {
  const rem = remPx();
  const parts = partsOf(pcpu);
  const words = parts.map(({ name, ns }) => `${shownName(name)} ${formatShare(ns, durationNs)}`).join(', ');
  let at = 0;
  return (
    <g role="group" aria-label={`pCPU ${pcpu.pcpu}: ${words}`} class="pcpu">
      {parts.map((part) => {
        const left = x + (at / durationNs) * width;
        at += part.ns;
        const length = (part.ns / durationNs) * width;
        const label = fitted(shownName(part.name), length - 8, TEXT * rem);
        return (
          <g
            key={`${part.kind} ${part.name}`}
            class="part"
            {...explains(() => <PartFacts pcpu={pcpu} part={part} durationNs={durationNs} />)}
          >
            <rect x={left} y={y} width={Math.max(0.75, length - 0.75)} height={BAR * rem} fill={COLOURS[part.kind]} />
            {label !== '' && part.kind !== 'unknown' && (
              <text x={left + 4} y={y + BAR * rem * 0.68} class="inside" fill={TEXT_COLOURS[part.kind]}>
                {label}
              </text>
            )}
          </g>
        );
      })}
      <rect x={x} y={y} width={width} height={BAR * rem} class="outline" />
      <rect
        x={x}
        y={y + BAR * rem + 1.5}
        width={(pcpu.waitedForNs / durationNs) * width}
        height="2.5"
        fill={accountColour('wakeup')}
      />
    </g>
  );
}

function PartFacts({ pcpu, part, durationNs }: { pcpu: PcpuPlacement; part: Part; durationNs: number }) {
  const kind = part.kind in THREAD_KINDS ? THREAD_KINDS[part.kind as keyof typeof THREAD_KINDS] : undefined;
  const named = pcpu.threads.filter((thread) => thread.kind === kind);
  return (
    <>
      <b>{shownName(part.name)}</b>
      <Facts
        rows={[
          ['on pCPU', String(pcpu.pcpu)],
          ['time', `${formatTime(part.ns)}, ${formatShare(part.ns, durationNs)}`],
          ...named.map(({ name, ns }) => [shownName(name), formatTime(ns)] as const),
          ['a vCPU waited for it', formatTime(pcpu.waitedForNs)],
        ]}
      />
    </>
  );
}
