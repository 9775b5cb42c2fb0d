/** Words and numbers for the page. */
import {
  counted,
  formatCount,
  formatNs,
  formatPercent,
  formatShare,
  inTimeUnit,
} from '../../../src/base/quantities.js';
import { printable, printableMessage } from '../../../src/report/untrusted.js';
import { latest } from '../state/loading.js';
import { recording, workspace } from '../state/workspace.js';

/** Names and sentences from a recording: invisible and direction-changing characters become visible. */
export { counted, formatCount, formatPercent, formatShare, printable as shownName, printableMessage as shownText };

/** What durations of the recording are in: cycles where nobody says how many make a second. */
export const timeUnit = (): 'ns' | 'cycles' => latest(workspace.value)?.recordings[recording.value]?.timeUnit ?? 'ns';

/** Nanoseconds, or cycles where the recording has no more: "1.23 ms". */
export const formatTime = (ns: number | null): string => inTimeUnit(timeUnit(), () => formatNs(ns));

/** A moment since the start of T: "4.122010 s", exact to the microsecond. */
export const formatMoment = (ns: number): string => `${(ns / 1e9).toFixed(6)} s`;

/** A moment, exact to the nanosecond. */
export const formatExactMoment = (ns: number): string => `${(ns / 1e9).toFixed(9)} s`;

/** How often per second, three significant digits. */
export function formatRate(count: number, ns: number): string {
  if (!(ns > 0)) return '–';
  const perSecond = (count * 1e9) / ns;
  return `${perSecond >= 100 ? formatCount(perSecond) : perSecond.toPrecision(perSecond < 0.1 ? 1 : 2)}/s`;
}

export const formatBytes = (bytes: number): string =>
  bytes >= 1e9
    ? `${(bytes / 1e9).toFixed(2)} GB`
    : bytes >= 1e6
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${Math.ceil(bytes / 1e3)} kB`;

/** "1 finding", "3 findings". */
export const plural = (count: number, noun: string): string => counted(count, noun);
