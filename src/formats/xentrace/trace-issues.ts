/** What is to be said of a xentrace file beside its records. */
import type { Issue } from '../../base/issue.js';
import { counted } from '../../base/quantities.js';
import type { Beginning } from './beginning.js';
import type { PcpuStream } from './pcpu-stream.js';
import type { WindowReader } from './window-reader.js';

/** From this share on the difference of two clocks is worth a word. */
const NOTABLE = 0.005;
/** From this share on one of them is wrong. Own judgement. */
const CONTRADICTED = 0.1;
const SOME = 8;

/** @param stated cycles per second, as the user says */
export function clockIssues(
  { clockRate, skews, epoch }: Beginning,
  stated: number | undefined,
  source: string,
): Issue[] {
  const issues: Issue[] = [];
  if (epoch === undefined) return issues;
  const { hz } = clockRate;
  if (stated === undefined && hz !== undefined) {
    issues.push({
      code: 'clock-estimated',
      severity: 'note',
      message: `A xentrace file does not say how many cycles make a second. By the times of Xen's scheduler in it they are ${megahertz(hz)} MHz, which is what durations rest on: they may be off by some tenths of a percent.`,
      source,
      hint: 'Give the frequency that "xl dmesg" shows ("Detected … MHz processor") with --clock-hz.',
    });
  }
  const used = stated ?? hz;
  const excess = used === undefined ? 0 : clockRate.excess(used);
  if (stated !== undefined && hz !== undefined && Math.abs(excess) > CONTRADICTED) {
    issues.push({
      code: 'clock-contradicted',
      severity: 'warning',
      message: `At ${megahertz(stated)} MHz, as --clock-hz says, the cycles of the file make ${percent(excess)} ${excess > 0 ? 'more' : 'less'} time than Xen's scheduler counted in it, by which they are ${megahertz(hz)} MHz: if that is right, all times and rates here are wrong, and shares hold.`,
      source,
      hint: 'Leave --clock-hz out, or give the frequency of this host, which "xl dmesg" shows.',
    });
  } else if (Math.abs(excess) > NOTABLE) {
    issues.push({
      code: 'clocks-disagree',
      severity: 'note',
      message: `Between switches of the scheduler the cycles of the file make ${percent(excess)} ${excess > 0 ? 'more' : 'less'} time than the scheduler's own clock, at ${megahertz(used ?? 0)} MHz. What is told here is by the cycles.`,
      source,
    });
  }
  const moved = [...skews.byPcpu].filter(([, cycles]) => cycles > 0);
  if (moved.length > 0) {
    const some = moved.slice(0, SOME).map(([pcpu, cycles]) => `pCPU ${pcpu} by ${cycles} cycles`);
    issues.push({
      code: 'clock-skew-repaired',
      severity: 'warning',
      message: `The clocks of the pCPUs differ: ${skews.linksOutOfOrder} changes of vCPUs' states came before what they follow. Times were moved up by the least with which none does: ${some.join(', ')}${moved.length > SOME ? ', …' : ''}. Waits across pCPUs are lower bounds.`,
      source,
      hint: 'A host whose cycle counters are not synchronous says so in "xl dmesg"; see the option clocksource of Xen.',
    });
  }
  if (skews.contradictory) {
    issues.push({
      code: 'clock-skew',
      severity: 'warning',
      message: `The clocks of the pCPUs differ, and not by a constant: ${skews.linksOutOfOrder} changes of vCPUs' states come before what they follow. Waits across pCPUs are not to be relied on.`,
      source,
      hint: 'A host whose cycle counters are not synchronous says so in "xl dmesg"; see the option clocksource of Xen.',
    });
  }
  return issues;
}

export function readingIssues(reader: WindowReader, streams: readonly PcpuStream[], source: string): Issue[] {
  const issues: Issue[] = reader.garbage.map(({ offset, bytes }) => ({
    code: 'bytes-missing',
    severity: 'warning',
    message: `${bytes} bytes here are no window of a pCPU's buffer: they were passed over, and what all pCPUs did meanwhile is unknown.`,
    source,
    offset,
  }));
  const isCut = reader.missingBytes > 0;
  if (isCut) {
    issues.push({
      code: 'cut',
      severity: 'warning',
      message: `The file ends in the middle of a window: ${reader.missingBytes} bytes of it are missing.`,
      source,
      offset: reader.position,
    });
  }
  for (const { pcpu, faults, impossibleTimes } of streams) {
    for (const offset of faults) {
      if (isCut && offset > reader.position - 64) continue;
      issues.push({
        code: 'damaged-record',
        severity: 'warning',
        message: `What should be a record of pCPU ${pcpu} is none: the rest of its window was passed over.`,
        source,
        offset,
      });
    }
    if (impossibleTimes > 0) {
      issues.push({
        code: 'impossible-times',
        severity: 'warning',
        message: `Times of pCPU ${pcpu} that cannot be: ${counted(impossibleTimes, 'record')} got that of the record before instead.`,
        source,
      });
    }
  }
  return issues;
}

const megahertz = (hz: number): string => (hz / 1e6).toFixed(3);
const percent = (share: number): string => `${Math.abs(share * 100).toFixed(1)} %`;
