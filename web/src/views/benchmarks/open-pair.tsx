/** One metric: its samples in the order in which they ran, and how they are distributed on both sides. */
import { useEffect, useRef } from 'preact/hooks';
import type { Pair, SideSummary } from '../../../../src/benchmarks/comparison/comparison.js';
import { formatValue } from '../../../../src/report/comparison-words.js';
import { remPx, textWidth } from '../../design/measure.js';
import { Picture } from '../../design/picture.jsx';
import { plural, shownText } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import { VerdictWord } from '../../design/verdicts.jsx';
import { type LogScale, logPlace, logScale, logTicks } from '../../drawing/log-axis.js';

/** rem */
const HEIGHT = 11;
const AXIS = 1.6;
const TEXT = 0.86;
/** Of the picture's width: samples in order, then the distributions. */
const IN_ORDER = 0.62;
/** From this factor between least and most on the axis is logarithmic. */
const LOG_FROM = 8;

const SIDES = [
  ['native', 'native', 'var(--quiet)'],
  ['vm', 'VM', 'var(--accent)'],
] as const;

export function OpenPair({ pair, onClose }: { pair: Pair; onClose: () => void }) {
  const { benchmark, metric, verdict, native, vm } = pair;
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.scrollIntoView({ block: 'nearest' }), [pair]);
  return (
    <section class="card opened-pair" aria-label="One benchmark" ref={section}>
      <h2>
        {shownText(benchmark)}, {shownText(metric)} <VerdictWord verdict={verdict} />
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </h2>
      <Picture
        name="samples"
        label={`Samples of ${benchmark}: ${plural(native.values.length, 'run')} natively, ${plural(vm.values.length, 'run')} in the VM`}
        draw={(width) => draw(pair, width)}
      >
        <ul class="legend">
          {SIDES.map(([side, title, colour]) => (
            <li key={side}>
              <svg width="14" height="14" aria-hidden="true">
                <circle cx="7" cy="7" r="5.5" fill={colour} class="swatch" />
              </svg>
              {title}
            </li>
          ))}
        </ul>
        <span class="quiet">
          Left: runs in the order in which they ran, line: median. Right: share of runs up to that value.
        </span>
      </Picture>
      <ul class="run-remarks">
        {SIDES.flatMap(([side, title]) =>
          remarks(pair[side]).map((remark) => (
            <li key={`${side} ${remark}`}>
              {title}: {remark}
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

function remarks({ outliers, changeAt, drift, firstRepetition }: SideSummary): string[] {
  return [
    ...(outliers.length > 0 ? [`far from the others: run ${outliers.join(', ')}`] : []),
    ...(changeAt === null ? [] : [`the level changes at run ${changeAt}`]),
    ...(drift === 'none' ? [] : [`later runs are steadily ${drift}`]),
    ...(firstRepetition === null
      ? []
      : [`the first repetition of a run takes ${firstRepetition.toPrecision(2)} times as long as the others`]),
  ];
}

type Place = (value: number) => number;

function draw(pair: Pair, width: number) {
  const rem = remPx();
  const values = SIDES.flatMap(([side]) => pair[side].values);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLog = least > 0 && most / least >= LOG_FROM;
  const scale: LogScale = isLog
    ? logScale(values)
    : { least: Math.max(0, least - (most - least) * 0.08), most: most + (most - least || most || 1) * 0.08 };
  const ticks = isLog ? logTicks(scale, 6) : linearTicks(scale, 5);
  const labels = ticks.map((tick) => formatValue(tick, pair.unit));
  const left = Math.max(...labels.map((label) => textWidth(label, TEXT * rem * 0.91))) + rem * 0.6;
  const bottom = HEIGHT * rem;
  const place: Place = (value) =>
    bottom - (isLog ? logPlace(value, scale) : (value - scale.least) / (scale.most - scale.least)) * (bottom - 6);
  const split = left + (width - left) * IN_ORDER;
  return {
    height: Math.ceil(bottom + AXIS * rem),
    content: (
      <>
        <g class="axis">
          {ticks.map((tick, index) => (
            <g key={tick}>
              <line x1={left} x2={width} y1={place(tick)} y2={place(tick)} />
              <text x={left - rem * 0.4} y={place(tick) + rem * 0.28} text-anchor="end">
                {labels[index]}
              </text>
            </g>
          ))}
          <text x={left} y={bottom + rem * 1.2}>
            first run
          </text>
          <text x={split - rem} y={bottom + rem * 1.2} text-anchor="end">
            last run
          </text>
          <text x={split + rem} y={bottom + rem * 1.2}>
            0 %
          </text>
          <text x={width - 2} y={bottom + rem * 1.2} text-anchor="end">
            100 % of runs
          </text>
        </g>
        {SIDES.map(([side, title, colour]) => (
          <g key={side}>
            <Samples
              side={pair[side]}
              title={title}
              colour={colour}
              pair={pair}
              place={place}
              from={left + 8}
              to={split - rem}
            />
            <Share side={pair[side]} colour={colour} place={place} from={split + rem} to={width - 4} />
          </g>
        ))}
      </>
    ),
  };
}

interface SamplesProps {
  readonly side: SideSummary;
  readonly title: string;
  readonly colour: string;
  readonly pair: Pair;
  readonly place: Place;
  readonly from: number;
  readonly to: number;
}

function Samples({ side, title, colour, pair, place, from, to }: SamplesProps) {
  const { values, median, outliers } = side;
  const step = values.length > 1 ? (to - from) / (values.length - 1) : 0;
  return (
    <>
      <line class="median-line" x1={from - 6} x2={to + 6} y1={place(median)} y2={place(median)} stroke={colour} />
      {values.map((value, index) => (
        <circle
          key={index}
          class="sample"
          cx={from + index * step}
          cy={place(value)}
          r={outliers.includes(index + 1) ? 5.5 : 4.5}
          fill={colour}
          {...explains(() => (
            <Facts
              rows={[
                ['side', title],
                [
                  'run',
                  `${index + 1} of ${values.length}${outliers.includes(index + 1) ? ', far from the others' : ''}`,
                ],
                ['value', formatValue(value, pair.unit)],
              ]}
            />
          ))}
        />
      ))}
    </>
  );
}

interface ShareProps {
  readonly side: SideSummary;
  readonly colour: string;
  readonly place: Place;
  readonly from: number;
  readonly to: number;
}

/** The empirical distribution: at every value the share of runs up to it. */
function Share({ side: { values }, colour, place, from, to }: ShareProps) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => from + share * (to - from);
  const steps = sorted.map(
    (value, index) => `H${at(index / sorted.length)}V${place(value)}H${at((index + 1) / sorted.length)}`,
  );
  return <path class="share" d={`M${from} ${place(sorted[0])}${steps.join('')}`} stroke={colour} />;
}

function linearTicks({ least, most }: LogScale, wanted: number): number[] {
  const rough = (most - least) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) ticks.push(Number(tick.toPrecision(6)));
  return ticks;
}
