/** vmtoll explain --like xenalyze: runstates and exits of `xenalyze --summary`, to compare with. */
import { XENALYZE_CATALOG, XenalyzeSummary } from '../hypervisors/xen/xenalyze-summary.js';
import { openInputs } from '../node/inputs.js';
import { ExitCode } from './exit-code.js';
import type { ExplainFlags } from './explain.js';
import { print, printIssue } from './output.js';

/** With a clock of so many cycles per second, times are cycles. */
const CYCLES = 1e9;

export async function likeXenalyze(paths: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  if (paths.length > 1 || (paths[0] === '-' && flags.clockHz === undefined)) {
    const message = 'xenalyze reads one file at a time, and from a pipe only if it is told how fast its clock is';
    const hint = 'Give one file, or --clock-hz.';
    printIssue({ code: 'like-needs-one', severity: 'error', message, hint });
    return ExitCode.wrongUsage;
  }
  const hz = flags.clockHz ?? (await estimatedHz(paths));
  const input = await openInputs(paths, { catalog: XENALYZE_CATALOG, clockHz: CYCLES });
  if (!input.ok) {
    printIssue(input.issue);
    return ExitCode.unreadable;
  }
  const { recording } = input.value;
  if (recording.format !== 'xentrace') {
    const message = `xenalyze reads recordings of xentrace, and ${recording.sources.join(', ')} is one of ${recording.format}`;
    printIssue({ code: 'not-of-xen', severity: 'error', message });
    return ExitCode.unreadable;
  }
  const summary = new XenalyzeSummary();
  for await (const batch of recording.batches()) summary.add(batch);
  input.value.close();
  print(`${summary.report(hz, recording.host.virtualization === 'svm' ? 'svm' : 'vmx')}\n`);
  return ExitCode.fine;
}

/** What the file shows of its clock; where it shows nothing, what xenalyze assumes. */
async function estimatedHz(paths: readonly string[]): Promise<number> {
  const input = await openInputs(paths, { catalog: XENALYZE_CATALOG });
  if (!input.ok) return XENALYZE_HZ;
  const { clock, cycles } = input.value.recording;
  input.value.close();
  return clock.measuresTime ? (cycles?.hz ?? XENALYZE_HZ) : XENALYZE_HZ;
}

const XENALYZE_HZ = 2.4e9;
