/** What serves the host's interrupts, by number: as other tools print it, and the same in all formats of one run. */
import { describe, expect, test } from 'vitest';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { detectFormat } from '../../src/formats/open.js';
import { openFile } from '../../src/node/file-source.js';
import type { Recording } from '../../src/recording/recording.js';
import { pathIn, readRecords, readText, runTool } from '../support/read-records.js';
import { scenario, scenariosWith } from '../support/recordings.js';

type Names = Readonly<Record<number, string>>;

/** By interrupt, in the lines of any tool that prints as the kernel says. */
function printed(text: string): Names {
  const names: Record<number, string> = {};
  for (const [, irq, name] of text.matchAll(/irq_handler_entry: +irq=(\d+) name=(.*)$/gm)) {
    if (names[Number(irq)] !== undefined && names[Number(irq)] !== name) throw new Error(`IRQ ${irq} has two names`);
    names[Number(irq)] = name;
  }
  if (Object.keys(names).length === 0) throw new Error('no interrupt is named');
  return names;
}

const namesOf = ({ interruptNames }: Recording): Names =>
  Object.fromEntries(
    (interruptNames?.entries() ?? []).map(({ interrupt }) => [interrupt, interruptNames?.text(interrupt) ?? '']),
  );

async function read(path: string): Promise<Names> {
  const source = openFile(path);
  if (!source.ok) throw new Error(source.issue.message);
  const format = await detectFormat(source.value);
  if (!format.ok) throw new Error(format.issue.message);
  const { recording } = await readRecords(format.value, source.value);
  source.value.close();
  return namesOf(recording);
}

const X86 = ['m-mixed', 'c1-ide-read', 'l3-lost-events'].map((name) => scenario(name, 'trace.dat')!);
/** Those that have interrupts among their events. */
const ARM64 = scenariosWith('trace.dat', 'kvm-arm64').filter(
  ({ folder }) => !/\/(n-flight|lifecycle|overcommit-schedonly)$/.test(folder),
);

test.each([...X86, ...ARM64].map((one) => [one.name, one] as const))('trace.dat: %s', async (_, found) => {
  const path = pathIn(found, 'trace.dat');
  const expected = printed(runTool('trace-cmd', ['report', '-N', '-F', 'irq_handler_entry', path]));
  expect(await read(path)).toEqual(expected);
});

test('perf.data, as perf script prints it', async () => {
  const path = pathIn(scenario('m-mixed', 'perf.data'), 'perf.data');
  const text = runTool('perf', ['script', '-i', path, '--guest-code']);
  expect(await read(path)).toEqual(printed(text));
});

test.each(['trace.dat', 'trace-cmd-report.txt', 'perf.data', 'perf-script.txt'])('m-mixed: %s', async (file) => {
  expect(await read(pathIn(scenario('m-mixed', file), file))).toEqual({ 29: 'virtio1-req.1' });
});

test('text of arm64, whose names have spaces', async () => {
  const path = pathIn(scenario('x-idle', 'trace.dat', 'kvm-arm64'), 'trace.dat');
  const text = runTool('trace-cmd', ['report', '-N', path]);
  const { recording } = await readText(ftraceText, text);
  expect(namesOf(recording)).toEqual(await read(path));
});

describe('text', () => {
  const line = (text: string) => `  <idle>-0     [001] d.h1.   317.903233: irq_handler_entry: ${text}\n`;
  const learnt = async (...texts: string[]) =>
    namesOf((await readText(ftraceText, `# tracer: nop\n#\n${texts.map(line).join('')}`)).recording);

  test('as the kernel prints it, and as the first ones did', async () => {
    expect(await learnt('irq=24 name=ahci[0000:00:1f.2]', 'irq=9 handler=acpi')).toEqual({
      24: 'ahci[0000:00:1f.2]',
      9: 'acpi',
    });
  });

  test('a name is text to its end, whatever it says', async () => {
    expect(await learnt('irq=29 name=evil irq=30 name=<b>x</b> | ret=handled')).toEqual({
      29: 'evil irq=30 name=<b>x</b> | ret=handled',
    });
  });

  test('without a name there is none', async () => {
    expect(await learnt('irq=29')).toEqual({});
  });
});
