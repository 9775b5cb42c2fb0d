/** vmtoll demo qnx: a guest that prints through a serial port, and the same guest with VIRTIO, both simulated. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemorySource } from '../base/byte-source.js';
import { failure, type Result, success } from '../base/issue.js';
import { formatCount, formatShare } from '../base/quantities.js';
import { explain } from '../explain/explain.js';
import { openRecording } from '../formats/open.js';
import { qnx } from '../hypervisors/qnx/index.js';
import { nodeCodecs } from '../node/codecs.js';
import { reasonOf } from '../node/system-reason.js';
import { readConfiguration } from '../platform/configurations/reading.js';
import { lostNs, type NamedExplanation, sideBySideLines, wantedNs } from '../report/text/side-by-side.js';
import { COLOURED, PLAIN } from '../report/text/style.js';
import { serialConsoleConfiguration, virtioConsoleConfiguration } from '../simulation/qnx/demo-configurations.js';
import { serialConsolePlan, virtioConsolePlan } from '../simulation/qnx/demo-plans.js';
import type { HostPlan } from '../simulation/qnx/plan.js';
import { simulate } from '../simulation/qnx/simulate.js';
import { kevBytes } from '../simulation/qnx/writers/kev.js';
import { syspageBytes } from '../simulation/qnx/writers/syspage.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, wantsColour } from './output.js';

interface DemoGuest {
  readonly name: string;
  readonly file: string;
  readonly trace: Uint8Array;
  readonly configuration: string;
}

const INTRODUCTION = `Two traces of a simulated QNX host with one guest, which prints lines of 80 bytes on its console: first through an
emulated serial port (pl011), then through VIRTIO. Everything else is the same. What it does is in docs/qnx.md.
`;

function demoGuests(): DemoGuest[] {
  const traceOf = (plan: HostPlan) => {
    const { trace } = simulate(plan);
    return kevBytes(trace, { wide: true, syspage: syspageBytes(trace.host, { virtualization: 'arm' }) });
  };
  return [
    {
      name: 'serial console',
      file: 'serial',
      trace: traceOf(serialConsolePlan()),
      configuration: serialConsoleConfiguration(),
    },
    {
      name: 'VIRTIO console',
      file: 'virtio',
      trace: traceOf(virtioConsolePlan()),
      configuration: virtioConsoleConfiguration(),
    },
  ];
}

export async function runQnxDemo({ json, save }: { json?: boolean; save?: string }): Promise<ExitCode> {
  const guests = demoGuests();
  if (save !== undefined) return saveAll(guests, save);
  const explained: NamedExplanation[] = [];
  for (const guest of guests) {
    const one = await explainGuest(guest);
    if (!one.ok) {
      printIssue(one.issue);
      return ExitCode.unreadable;
    }
    explained.push(one.value);
  }
  print(json === true ? jsonText(explained.map(({ explanation }) => explanation)) : comparison(explained));
  return ExitCode.fine;
}

async function explainGuest({ name, file, trace, configuration }: DemoGuest): Promise<Result<NamedExplanation>> {
  const source = new MemorySource(trace, `${file}.kev`);
  const recording = await openRecording(source, { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) return recording;
  const read = readConfiguration({ source: `${file}.qvmconf`, text: configuration });
  if (!read.ok) return read;
  const explanation = await explain(recording.value, qnx, { configurations: [{ configuration: read.value }] });
  return explanation.ok ? success({ name, explanation: explanation.value }) : failure(explanation.issue);
}

function comparison([before, after]: readonly NamedExplanation[]): string {
  const style = wantsColour() ? COLOURED : PLAIN;
  const lost = ({ explanation }: NamedExplanation) => formatShare(lostNs(explanation), wantedNs(explanation));
  const exits = ({ explanation }: NamedExplanation) => formatCount(explanation.totals.exits);
  return [
    INTRODUCTION,
    ...sideBySideLines(before, after, style),
    '',
    `A serial port takes one exit per byte, VIRTIO one per line: ${exits(before)} exits become ${exits(after)}, and of the time`,
    `in which the guest wanted to run it loses ${style.bold(lost(after))} instead of ${style.bold(lost(before))}.`,
    '',
    'To look at each: vmtoll demo qnx --save FOLDER, then vmtoll explain FOLDER/serial.kev --config FOLDER/serial.qvmconf',
    '',
  ].join('\n');
}

/** Each trace with its configuration. */
function saveAll(guests: readonly DemoGuest[], folder: string): ExitCode {
  const files = guests.flatMap(({ file, trace, configuration }) => [
    [join(folder, `${file}.kev`), trace] as const,
    [join(folder, `${file}.qvmconf`), configuration] as const,
  ]);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [path, content] of files) writeFileSync(path, content, { flag: 'wx' });
  } catch (error) {
    const hint = 'Give a folder that is new or empty: nothing is written over.';
    printIssue({
      code: 'cannot-write',
      severity: 'error',
      message: `The demonstration cannot be saved in ${folder}: ${reasonOf(error)}`,
      hint,
    });
    return ExitCode.wrongUsage;
  }
  print(`${files.map(([path]) => path).join('\n')}\n`);
  return ExitCode.fine;
}
