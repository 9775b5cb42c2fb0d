import { beforeAll, describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../../src/benchmarks/statistics/normal.js';
import { studentCdf, studentQuantile } from '../../../src/benchmarks/statistics/student-t.js';
import { askR } from './rscript.js';

const POINTS = Array.from({ length: 801 }, (_, index) => (index - 400) / 20);
const SHARES = [
  1e-300, 1e-100, 1e-12, 1e-6, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.4, 0.49, 0.5, 0.51, 0.75, 0.9, 0.95, 0.975,
  0.995, 0.999999,
];
const DEGREES = [0.7, 1, 1.3, 2, 2.7, 3, 4, 5.5, 8, 15, 29.9, 30, 58, 120, 1000, 12_345.6, 1e6];
/** Without 1/2, where R gives 2e-16. */
const STUDENT_SHARES = SHARES.filter((share) => share >= 1e-6 && share !== 0.5);

let normalCdfs: number[];
let normalQuantiles: number[];
let studentQuantiles: number[];
let studentCdfs: number[];

beforeAll(() => {
  [normalCdfs, normalQuantiles, studentQuantiles, studentCdfs] = askR(
    `answer(pnorm(cases[[1]])); answer(qnorm(cases[[2]]))
     answer(sapply(cases[[3]], function(df) qt(cases[[4]], df)))
     answer(sapply(cases[[3]], function(df) pt(cases[[1]], df)))`,
    [POINTS, SHARES, DEGREES, STUDENT_SHARES],
  );
});

/** Relative to the expected value. */
function expectClose(actual: number, expected: number, within: number, what: string): void {
  expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(within * Math.abs(expected));
}

describe('distributions, against R', () => {
  it('pnorm', () => {
    POINTS.forEach((x, index) => {
      expectClose(normalCdf(x), normalCdfs[index], 1e-12, `normalCdf(${x})`);
    });
  });

  it('qnorm', () => {
    SHARES.forEach((share, index) => {
      expectClose(normalQuantile(share), normalQuantiles[index], 1e-12, `normalQuantile(${share})`);
    });
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(-1)]).toEqual([-Infinity, Infinity, Number.NaN]);
  });

  it('qt', () => {
    DEGREES.forEach((degrees, row) => {
      STUDENT_SHARES.forEach((share, column) => {
        const expected = studentQuantiles[row * STUDENT_SHARES.length + column];
        expectClose(studentQuantile(share, degrees), expected, 1e-10, `studentQuantile(${share}, ${degrees})`);
      });
    });
  });

  it('pt', () => {
    DEGREES.forEach((degrees, row) => {
      POINTS.forEach((t, column) => {
        const expected = studentCdfs[row * POINTS.length + column];
        expectClose(studentCdf(t, degrees), expected, 1e-10, `studentCdf(${t}, ${degrees})`);
      });
    });
  });
});
