/** R as a witness: one call works through many cases. */
import { spawnSync } from 'node:child_process';

/**
 * Runs R code over lines of numbers. The code finds them as `cases`, a list of numeric vectors, and hands each result back
 * by `answer(numbers)`.
 * @returns one list of numbers for each answer, in full precision
 */
export function askR(code: string, cases: readonly (readonly number[])[]): number[][] {
  const program = `
    options(warn = -1)
    cases <- lapply(strsplit(readLines(file("stdin")), " "), as.numeric)
    answer <- function(numbers) cat(sprintf("%.17g", numbers), "\\n")
    ${code}`;
  const input = cases.map((numbers) => numbers.join(' ')).join('\n');
  const { error, status, stdout, stderr } = spawnSync('Rscript', ['--vanilla', '-e', program], {
    encoding: 'utf8',
    input: `${input}\n`,
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw new Error(`Rscript is missing (${error.message}): npm run test:setup`);
  if (status !== 0) throw new Error(`Rscript ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(readNumber));
}

const WORDS = new Map([
  ['Inf', Infinity],
  ['-Inf', -Infinity],
]);
const readNumber = (text: string): number => WORDS.get(text) ?? Number(text);
