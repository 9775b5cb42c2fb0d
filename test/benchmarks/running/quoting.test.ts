/** Quoting against the shells that must understand it. */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentsOn, defaultQuote, shellLine } from '../../../src/benchmarks/running/quoting.js';

/** What a program gets as its arguments when a shell executes the line. */
function wordsOf(shell: string, line: string): string[] {
  const { stdout } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const words = fc.array(
  fc.string({ unit: fc.constantFrom(...`ab '"\\$\`!*?~#&;|<>(){}[]=\n\t-é€`.split('')), maxLength: 6 }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

describe.each(['dash', 'bash'])('%s', (shell) => {
  test('gets every word as it was', () => {
    fc.assert(
      fc.property(words, (wanted) => {
        expect(wordsOf(shell, shellLine(['printf', '%s\\0', ...wanted]))).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test('behind a prefix that ends in -c as well, and nested', () => {
    const wanted = ["it's", '$HOME', 'a  b', ''];
    const inner = argumentsOn({ prefix: [shell, '-c'], quote: 'shell' }, ['printf', '%s\\0', ...wanted]);
    const outer = argumentsOn({ prefix: [shell, '-c'], quote: 'shell' }, inner);
    const { stdout } = spawnSync(outer[0], outer.slice(1), { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(wanted);
  });
});

test.each([
  [['ssh', 'guest'], 'shell'],
  [['sudo', '/usr/bin/ssh', '-p', '22', 'guest'], 'shell'],
  [['sh', '-c'], 'shell'],
  [['docker', 'exec', 'name'], 'none'],
  [['taskset', '-c', '0'], 'none'],
  [[], 'none'],
] as const)('after %j a command is quoted: %s', (prefix, quote) => {
  expect(defaultQuote(prefix)).toBe(quote);
});
