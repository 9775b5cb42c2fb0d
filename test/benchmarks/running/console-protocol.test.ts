/** What is typed into a console and read from it, with real shells behind a pipe, and text cut anywhere. */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConsoleAnswer,
  ConsoleTranscript,
  consoleInput,
  DEFAULT_TEMPLATE,
  inputFault,
  templateFault,
} from '../../../src/benchmarks/running/console-protocol.js';

const NONCE = 'c0ffee';

/** What a shell prints for a typed command, after a login message and with the echo that a terminal makes. */
function consoleOf(shell: string, words: readonly string[]): string {
  const input = consoleInput(DEFAULT_TEMPLATE, words, NONCE);
  const { stdout } = spawnSync(shell, ['-s'], { input, encoding: 'utf8' });
  return `Debian GNU/Linux\n$ ${input}${stdout}$ `.replaceAll('\n', '\r\n');
}

function answerOf(text: string, cuts: readonly number[] = []): ConsoleAnswer | undefined {
  const transcript = new ConsoleTranscript(NONCE);
  const places = [...cuts.toSorted((a, b) => a - b), text.length];
  let from = 0;
  for (const place of places) {
    transcript.push(text.slice(from, place));
    from = Math.max(from, place);
  }
  return transcript.answer;
}

describe.each(['dash', 'bash'])('%s', (shell) => {
  test.each([
    ['lines', ['printf', 'a\\nb\\n'], 'a\nb\n', 0],
    ['no end of the last line', ['printf', 'a'], 'a', 0],
    ['nothing, and a failure', ['false'], '', 1],
    ['an unknown program', ['/no/such/program'], '', 127],
    ['words with quotes and lines', ['printf', '%s', "it's\n$HOME"], "it's\n$HOME", 0],
    ['what looks like a mark', ['echo', 'VMTOLL-END-:0'], 'VMTOLL-END-:0\n', 0],
    ['a line that ends it', ['sh', '-c', 'exit 77'], '', 77],
  ] as const)('%s', (_what, words, output, exitCode) => {
    expect(answerOf(consoleOf(shell, words))).toEqual({ output, exitCode });
  });
});

test('chunks may be cut anywhere', () => {
  const text = consoleOf('sh', ['printf', 'one\\ntwo\\n']);
  const whole = answerOf(text);
  expect(whole).toEqual({ output: 'one\ntwo\n', exitCode: 0 });
  for (let at = 0; at <= text.length; at++) expect(answerOf(text, [at])).toEqual(whole);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      expect(answerOf(text, cuts)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('without its end mark there is no answer', () => {
  const text = consoleOf('sh', ['echo', 'x']);
  const end = text.lastIndexOf('VMTOLL-END');
  for (let length = 0; length < end; length++) expect(answerOf(text.slice(0, length))).toBeUndefined();
});

test('whatever the command prints, it is its output', () => {
  const marks = ['VMTOLL-BEGIN-', 'VMTOLL-END-', ':0\n', '\u001b[2J', '\0', 'é', '\n', `VMTOLL-END-${NONCE}`];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...marks)), (parts) => {
      const printed = parts.join('').replaceAll(`${NONCE}:0\n`, '');
      const text = `VMTOLL-BEGIN-${NONCE}\n${printed}VMTOLL-END-${NONCE}:3\n$ `;
      expect(answerOf(text)).toEqual({ output: printed, exitCode: 3 });
    }),
    { numRuns: 300 },
  );
});

test('much output takes time in proportion, not its square', () => {
  const transcript = new ConsoleTranscript(NONCE);
  transcript.push(`VMTOLL-BEGIN-${NONCE}\n`);
  const chunk = `${'x'.repeat(63)}\n`.repeat(64);
  for (let count = 0; count < 16_384; count++) transcript.push(chunk);
  expect(transcript.length).toBe(chunk.length * 16_384);
  transcript.push(`VMTOLL-END-${NONCE}:0\n`);
  expect(transcript.answer?.output.length).toBe(chunk.length * 16_384);
});

test('what no console would take is refused', () => {
  expect(inputFault(['echo', 'a\tb'])).toContain('control characters');
  expect(inputFault(['echo', '\u0003'])).toContain('control characters');
  expect(inputFault(['x'.repeat(4001)])).toContain('4000');
  expect(inputFault(['sh', '-c', 'a\nb'])).toBeUndefined();
});

test.each([
  ['{begin} {command} {end}', undefined],
  ['{begin} {command}', 'hold {end}'],
  ['{begin} {begin} {command} {end}', 'hold {begin}'],
  ['{begin}\n{command} {end}', 'one line'],
])('the template %j', (template, fault) => {
  if (fault === undefined) expect(templateFault(template)).toBeUndefined();
  else expect(templateFault(template)).toContain(fault);
});
