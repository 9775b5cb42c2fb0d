/** What goes wrong in text recordings, in words. */
import type { IssueLog } from '../../base/issue.js';
import { MAX_LINE } from './line-reader.js';

/** So much of a line is quoted in a message. */
const QUOTED = 80;
/** So many of a kind are told one by one. */
const TOLD = 5;

export class TextIssues {
  readonly #log: IssueLog;
  readonly #source: string;
  /** Lines that should have said something, and those of them that nobody understood. */
  lines = 0;
  unknownLines = 0;
  unknownTexts = 0;
  #saidCpu = false;

  constructor(log: IssueLog, source: string) {
    this.#log = log;
    this.#source = source;
  }

  unknownLine(line: string, offset: number): void {
    this.unknownLines++;
    if (this.unknownLines > TOLD) return;
    const message = `A line is not understood: "${line.slice(0, QUOTED)}".`;
    this.#log.add({ code: 'line-not-understood', severity: 'warning', message, source: this.#source, offset });
  }

  unknownText(event: string, text: string, offset: number): void {
    this.unknownTexts++;
    if (this.unknownTexts > TOLD) return;
    const message = `What is printed for ${event} is not understood: "${text.slice(0, QUOTED)}".`;
    this.#log.add({ code: 'event-not-understood', severity: 'warning', message, source: this.#source, offset });
  }

  noCpu(): void {
    if (this.#saidCpu) return;
    this.#saidCpu = true;
    this.#log.add({
      code: 'cpu-unknown',
      severity: 'warning',
      message: 'Lines do not say on which CPU an event happened; all of these count as CPU 0.',
      source: this.#source,
      hint: 'Print the CPU column, too: perf script -F +cpu (record with -a or --sample-cpu).',
    });
  }

  countsWithoutFrequency(): void {
    this.#log.add({
      code: 'clock-frequency-unknown',
      severity: 'warning',
      message: 'Time stamps are plain counts (a cycle counter?), and the recording does not say how long one takes.',
      source: this.#source,
      hint: 'Give the frequency with --clock-hz (for the TSC: "tsc: Refined TSC clocksource calibration" in dmesg).',
    });
  }

  severalBuffers(names: readonly string[]): void {
    this.#log.add({
      code: 'several-buffers',
      severity: 'warning',
      message: `The report mixes several buffers or files (${names.join(', ')}); all of them are read as one host.`,
      source: this.#source,
      hint: 'Where some are from a guest, report the host alone.',
    });
  }

  /** What is only known at the end. */
  summarize(cutLines: number, timeWentBack: number, events: number): void {
    const add = (code: string, severity: 'error' | 'warning' | 'note', message: string, hint?: string): void =>
      this.#log.add({ code, severity, message, source: this.#source, ...(hint && { hint }) });
    if (this.unknownLines > TOLD || this.unknownLines * 2 > this.lines) {
      const severity = this.unknownLines * 2 > this.lines ? 'error' : 'warning';
      add('lines-not-understood', severity, `${this.unknownLines} of ${this.lines} lines are not understood.`);
    }
    if (this.unknownTexts > TOLD) {
      add('events-not-understood', 'warning', `Of ${this.unknownTexts} events the text is not understood.`);
    }
    if (cutLines > 0) add('long-lines', 'warning', `${cutLines} lines were cut after ${MAX_LINE} bytes.`);
    if (timeWentBack > 0) {
      const hint =
        'Text has to be in the order of time over all CPUs, as trace, trace-cmd report and perf script print it.';
      const message = `${timeWentBack} of ${events} events were before an earlier one and count at its time.`;
      add('time-went-back', 'warning', message, hint);
    }
  }
}
