/** The ticks of a time axis: round times whose labels have room side by side, with their unit. */
import { lengthOf, type Span, xOf } from './span.js';

export interface Tick {
  /** Pixels from the left. */
  readonly x: number;
  readonly timeNs: number;
  /** Empty where the label would stick out of the picture. */
  readonly label: string;
}

export interface TimeAxis {
  readonly ticks: readonly Tick[];
  /** Where labels count from, for example "3.204 s"; empty where they count from the start of T. */
  readonly base: string;
  readonly baseNs: number;
}

const UNITS = [
  { size: 1, name: 'ns' },
  { size: 1e3, name: 'µs' },
  { size: 1e6, name: 'ms' },
  { size: 1e9, name: 's' },
] as const;
const MINUTE = 60e9;
const HOUR = 3600e9;
const SECOND = 1e9;
/** From a nanosecond to five seconds, and then as on a clock. */
const STEPS = [
  ...Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat(),
  ...[10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 480, 1200, 2400].map((hours) => hours * HOUR),
];
/** Pixels between two labels. */
const GAP = 18;
/** Labels that would be larger than this, in their unit, count from a base instead. */
const LARGEST = 1000;
const MOST_SECONDS = 10_000;
const MOST_DECIMALS = 3;

/**
 * @param width of the picture in pixels
 * @param textWidth of a label in pixels, in the font in which it will be drawn
 * @param unit cycles where the recording does not say how long they are
 */
export function timeAxis(
  span: Span,
  width: number,
  textWidth: (text: string) => number,
  unit: 'ns' | 'cycles' = 'ns',
): TimeAxis {
  for (const step of STEPS) {
    if ((step / lengthOf(span)) * width < GAP) continue;
    const baseNs = baseOf(span, step);
    const label = unit === 'ns' ? labelsOf(span, step, baseNs) : cycleLabels(baseNs);
    const ticks = ticksOf(span, width, step, label, textWidth);
    if (ticks.widest + GAP > (step / lengthOf(span)) * width) continue;
    const base = baseNs === 0 ? '' : unit === 'ns' ? clockText(baseNs) : `${grouped(baseNs)} cycles`;
    return { ticks: ticks.list, base, baseNs };
  }
  return { ticks: [], base: '', baseNs: 0 };
}

function ticksOf(
  span: Span,
  width: number,
  step: number,
  label: (timeNs: number) => string,
  textWidth: (text: string) => number,
): { list: Tick[]; widest: number } {
  const list: Tick[] = [];
  let widest = 0;
  for (let index = Math.ceil(span.fromNs / step); index * step <= span.toNs; index++) {
    const timeNs = index * step;
    const x = xOf(span, width, timeNs);
    const text = label(timeNs);
    const textPixels = textWidth(text);
    widest = Math.max(widest, textPixels);
    const sticksOut = x - textPixels / 2 < 0 || x + textPixels / 2 > width;
    list.push({ x, timeNs, label: sticksOut ? '' : text });
  }
  return { list, widest };
}

/** A round time before the view from which labels are short; 0 where they are short anyway. */
function baseOf(span: Span, step: number): number {
  const { size } = unitFor(step, span.toNs);
  const largest = size === SECOND ? MOST_SECONDS : LARGEST;
  if (step >= 10 * SECOND || span.toNs / size < largest) return 0;
  const roundTo = 10 ** Math.ceil(Math.log10(lengthOf(span)));
  return Math.floor(span.fromNs / roundTo) * roundTo;
}

/** How times are written on an axis with this step: all in one unit. */
function labelsOf(span: Span, step: number, baseNs: number): (timeNs: number) => string {
  if (step >= MINUTE || (step >= 10 * SECOND && span.toNs >= MINUTE)) return clockText;
  const { size, name } = unitFor(step, span.toNs - baseNs);
  const decimals = decimalsFor(step, size);
  const sign = baseNs === 0 ? '' : '+';
  return (timeNs) => (timeNs === 0 ? '0' : `${sign}${grouped((timeNs - baseNs) / size, decimals)} ${name}`);
}

const cycleLabels =
  (baseNs: number) =>
  (timeNs: number): string =>
    baseNs === 0 ? grouped(timeNs) : `+${grouped(timeNs - baseNs)}`;

/** The largest unit that `most` reaches and in which a step needs few decimals. */
function unitFor(step: number, most: number): { size: number; name: string } {
  const fits = ({ size }: { size: number }) => size <= most && decimalsFor(step, size) <= MOST_DECIMALS;
  return [...UNITS].reverse().find(fits) ?? UNITS[0];
}

const decimalsFor = (step: number, size: number): number => Math.max(0, Math.ceil(Math.log10(size / step) - 1e-9));

/** For example "2 h 05 min", "12 min 30 s", "3.204 5 s": exact, whatever it takes. */
export function clockText(timeNs: number): string {
  if (timeNs < 0) return `−${clockText(-timeNs)}`;
  if (timeNs === 0) return '0';
  const hours = Math.floor(timeNs / HOUR);
  const minutes = Math.floor((timeNs % HOUR) / MINUTE);
  const seconds = secondsText(timeNs % MINUTE);
  const days = Math.floor(hours / 24);
  const parts = [];
  if (days > 0) parts.push(`${grouped(days)} d`);
  if (hours % 24 > 0) parts.push(`${hours % 24} h`);
  if (minutes > 0) parts.push(`${minutes} min`);
  if (seconds !== '') parts.push(seconds);
  return parts.join(' ');
}

function secondsText(timeNs: number): string {
  if (timeNs === 0) return '';
  const unit = [...UNITS].reverse().find(({ size }) => timeNs >= size) ?? UNITS[0];
  const decimals = Math.round(Math.log10(unit.size));
  const [whole, fraction = ''] = (timeNs / unit.size).toFixed(decimals).split('.');
  const digits = fraction.replace(/0+$/, '').replace(/(\d{3})(?=\d)/g, '$1\u2009');
  return `${grouped(Number(whole))}${digits === '' ? '' : `.${digits}`} ${unit.name}`;
}

function grouped(value: number, decimals = 0): string {
  const [whole, fraction] = value.toFixed(decimals).split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? text : `${text}.${fraction}`;
}
