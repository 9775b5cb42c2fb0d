/** A comparison as text and as Markdown: what stands where, what fits, and that names from files do no harm. */
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/benchmarks/comparison/compare.js';
import type { Comparison } from '../../src/benchmarks/comparison/comparison.js';
import type { Series, SystemFacts } from '../../src/benchmarks/model.js';
import { Random } from '../../src/benchmarks/statistics/random.js';
import { comparisonMarkdown } from '../../src/report/markdown/comparison.js';
import { comparisonText } from '../../src/report/text/comparison.js';
import { drawIntervals } from '../../src/report/text/interval-plot.js';
import { wrapped } from '../../src/report/text/wrap.js';
import { series, side } from '../benchmarks/comparison/sides.js';
import { normal, sample } from '../benchmarks/statistics/noise.js';

const random = Random.fromSeed(31);
const runs = (center: number, count = 8) => sample(count, () => Math.exp(center + 0.02 * normal(random)));

type Factors = Readonly<Record<string, number>>;
const sideOf = (factors: Factors, more: Partial<Series> = {}, count = 8): Series[] =>
  Object.entries(factors).map(([name, factor]) => series(name, runs(7 + Math.log(factor), count), more));
const native = (factors: Factors): Factors => Object.fromEntries(Object.keys(factors).map((name) => [name, 1]));

/** Metrics of which the VM's are so many times the native ones. */
function comparison(
  factors: Factors,
  { facts = {}, count = 8, also = [[], []] as readonly (readonly Series[])[] } = {},
): Comparison {
  const stated = facts as { readonly native?: SystemFacts; readonly vm?: SystemFacts };
  const [nativeToo, vmToo] = also;
  return compare({
    native: side([...sideOf(native(factors), {}, count), ...nativeToo], { x: stated.native ?? {} }),
    vm: side([...sideOf(factors, {}, count), ...vmToo], { x: stated.vm ?? {} }),
  });
}

const lineWith = (text: string, part: string): number => text.split('\n').findIndex((line) => line.includes(part));

describe('the first screen', () => {
  const tailed = (factor: number) => [
    series('fio a', runs(9 + Math.log(factor)), { metric: 'read latency p99', role: 'tail' }),
  ];
  const text = comparisonText(
    comparison(
      { cpuid: 40, 'fio a': 3, chase: 1.3, steady: 1, 'sysbench cpu': 1.2, 'page-fault': 0.7 },
      {
        facts: { native: { cpus: 16, memoryBytes: 2 ** 36 }, vm: { cpus: 4, memoryBytes: 2 ** 36 } },
        also: [tailed(1), tailed(20)],
      },
    ),
  );
  const screen = text.split('\n').slice(0, 24);

  it('says first what is unfair and what is not known', () => {
    expect(screen[0]).toContain('differ in 1 thing beside');
    expect(screen[1]).toMatch(/CPUs +native 16 +VM 4 /);
    expect(screen[2]).toContain('Alike on both sides: memory.');
    expect(screen[3]).toMatch(/^Fair\? Not known of both sides: CPU model, kernel/);
    expect(lineWith(text, 'Fair?')).toBeLessThan(lineWith(text, '×'));
  });

  it('also that starting commands took long on one side, which times from outside hold', () => {
    const of = comparison({ cpuid: 40 });
    const issue = {
      code: 'prefix-takes-time',
      severity: 'warning',
      message: 'the times of cpuid on vm hold 9 ms more',
    } as const;
    expect(comparisonText({ ...of, issues: [issue] }).split('\n')[0]).toBe(`Fair? ${issue.message}`);
  });

  it('then the answer: what got worse, the worst first, by how much, how sure, in which units', () => {
    expect(text).toContain('5 slower in the VM, 1 faster in the VM');
    const [cpuid, fio, chase] = ['  cpuid, time', '  fio a, time', '  chase, time'].map((name) => lineWith(text, name));
    expect(cpuid < fio && fio < chase && chase < 16).toBe(true);
    expect(screen[cpuid]).toMatch(
      /×4\d\.\d +\(×3\d\.\d to ×4\d\.\d\) +1\.\d\d µs → 4\d\.\d µs +q 0\.\d+ +privileged register$/,
    );
  });

  it('names the tail where that is surely worse', () => {
    expect(screen[lineWith(text, '  fio a, time')]).toMatch(/disk; read latency p99 even ×\d\d\.\d$/);
  });

  it('says plainly that computation is slower, and that the VM beats native, with what to look at', () => {
    expect(text).toMatch(/^Plain computation is slower as well \(sysbench cpu, time: ×1\.\d\d, at least ×1\.\d\d\)/m);
    const beaten = lineWith(text, 'The VM beats native');
    expect(text.split('\n')[beaten + 1]).toMatch(/^ {2}page-fault, time +×0\.\d\d .* look at mitigations/);
    expect(beaten).toBeLessThan(24);
  });

  it('is about two dozen lines', () => {
    expect(lineWith(text, 'By what the benchmarks exercise')).toBeLessThan(24);
  });
});

describe('where nothing is slower, it says why', () => {
  it.each([
    ['all equal', comparison({ a: 1.0001 }, { count: 40 }), /^Nothing is slower in the VM\.$/m],
    [
      'one run a side',
      comparison({ cpuid: 40 }, { count: 1 }),
      /One run a side decides nothing: .*\nThe worst of them so far:\n {2}cpuid, time +×/m,
    ],
    [
      'too few runs',
      comparison({ cpuid: 40 }, { count: 3 }),
      /cannot reach significance .* 3 against 3 give p = 0\.10 at best/,
    ],
    [
      'nothing in common',
      compare({ native: side([series('a', [1])]), vm: side([series('b', [1])]) }),
      /^There is no metric that both sides measured\.$/m,
    ],
  ])('%s', (_, compared, words) => {
    expect(comparisonText(compared)).toMatch(words);
  });
});

describe('tables', () => {
  const many = comparison(
    Object.fromEntries(
      sample(40, (index) => [`benchmark number ${index} (with=some, parameters=too)`, 1 + index / 20]),
    ),
  );
  const rowsOf = (text: string) => text.split('\n').filter((line) => /^ +\d+ {2}benchmark/.test(line));

  it.each([100, 120, 160, 200])('fit into %d columns', (width) => {
    const rows = rowsOf(comparisonText(many, { width, top: 100 }));
    expect(rows).toHaveLength(40);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
    // A name that is too long keeps its beginning, its end and its metric.
    for (const row of rows) expect(row).toMatch(/benchmark num.*(?:too\)|…).*, time /);
  });

  it('use the room that there is', () => {
    const widths = [100, 120, 160].map((width) =>
      Math.max(...rowsOf(comparisonText(many, { width, top: 100 })).map((row) => row.length)),
    );
    expect(widths).toEqual([...new Set(widths)].sort((a, b) => a - b));
  });

  it('say how many rows are not shown', () => {
    const text = comparisonText(many, { top: 7 });
    expect(rowsOf(text)).toHaveLength(7);
    expect(text).toContain('… and 33 more (--top, or --json for all)');
  });

  it('put tails apart, each benchmark from its middle to its end', () => {
    const quantiles = ['max', 'p50', 'p99.9', 'p99', 'p90'];
    const tails = (factor: number) =>
      quantiles.map((of, index) =>
        series('fio a', runs(9 + index + Math.log(factor)), { metric: `read latency ${of}`, role: 'tail' }),
      );
    const text = comparisonText(comparison({ 'fio a': 2 }, { also: [tails(1), tails(3)] }));
    const [metrics, tail] = text.split('\n\n').filter((block) => /^(?:All metrics|Tails)/.test(block));
    expect(metrics).not.toContain('latency');
    expect([...tail.matchAll(/fio a, read latency (\S+)/g)].map(([, of]) => of)).toEqual([
      'p50',
      'p90',
      'p99',
      'p99.9',
      'max',
    ]);
  });
});

describe('long lines', () => {
  const text = comparisonText(comparison({ cpuid: 40, 'sysbench cpu': 1.3, b: 0.7 }), { colour: true });

  it.each([40, 72, 100])('are broken between words, into %d columns', (width) => {
    const broken = wrapped(text, width);
    expect(broken.replaceAll(/\s+/g, ' ')).toBe(text.replaceAll(/\s+/g, ' '));
    for (const line of broken.split('\n')) {
      const seen = line.replaceAll(/\u001b\[\d+m/g, '');
      expect(seen.length <= width || !/\S +\S/.test(seen.trim()), line).toBe(true);
    }
  });

  it('that fit stay as they are', () => {
    expect(wrapped(text, 1000)).toBe(text);
  });
});

describe('drawn intervals', () => {
  it('lie where the numbers do: in their order, on the right side of 1', () => {
    const { pairs } = comparison({ a: 0.5, b: 0.97, c: 1, d: 1.04, e: 1.5, f: 9, g: 700 });
    for (const width of [12, 28, 40]) {
      const plot = drawIntervals(pairs, width);
      const one = plot.draw({ ...pairs[0], slowdown: null }).indexOf('|');
      expect(plot.title.length).toBe(width);
      expect(plot.title.indexOf('1')).toBeLessThanOrEqual(one);
      let last = -1;
      for (const pair of pairs.toSorted((a, b) => a.slowdown! - b.slowdown!)) {
        const drawn = plot.draw(pair);
        expect(drawn.length).toBe(width);
        const [at, from, to] = [
          drawn.indexOf('o'),
          drawn.search(/[-o]/),
          Math.max(drawn.lastIndexOf('-'), drawn.lastIndexOf('o')),
        ];
        expect(at).toBeGreaterThanOrEqual(last);
        last = at;
        if (pair.slowdown! > 1) expect(at).toBeGreaterThanOrEqual(one);
        else expect(at).toBeLessThanOrEqual(one);
        if (pair.ciLow! > 1) expect(from).toBeGreaterThanOrEqual(one);
        if (pair.ciHigh! < 1) expect(to).toBeLessThanOrEqual(one);
      }
    }
  });

  it('have marks at the factors that they name', () => {
    const { pairs } = comparison({ a: 1, b: 2, c: 10, d: 1000 });
    const plot = drawIntervals(pairs, 40);
    for (const factor of [2, 10, 100]) {
      const drawn = plot.draw({ ...pairs[0], slowdown: factor, ciLow: factor, ciHigh: factor });
      expect(plot.title.slice(drawn.indexOf('o')).startsWith(String(factor)), String(factor)).toBe(true);
    }
  });
});

describe('names from files', () => {
  const EVIL = [
    'a\u001b[31mred\u0007',
    '\u202etxt.exe\u200b',
    'new\nline | cell',
    '[link](http://e.vil) ![x](y) <img src=x> @user #1 `code` $x$ **bold** ~~no~~ www.e.vil &amp;',
    '| --- |',
    'x'.repeat(5000),
  ];
  const evil = compare({
    native: side(
      EVIL.flatMap((name) => [
        series(name, runs(3)),
        series(name, runs(3), { metric: name, unit: name, role: 'tail' }),
      ]),
      { x: { kernel: EVIL[0], mitigations: EVIL[3] } },
    ),
    vm: side(
      EVIL.flatMap((name) => [
        series(name, runs(4)),
        series(name, runs(4), { metric: name, unit: name, role: 'tail' }),
      ]),
      { x: { kernel: EVIL[2], mitigations: EVIL[1] } },
    ),
    mechanisms: [{ benchmark: '*', mechanism: EVIL[3] }],
  });

  it('cannot steer a terminal', () => {
    const text = comparisonText(evil, { width: 160 });
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1000);
  });

  it('cannot become markup', () => {
    const markdown = comparisonMarkdown(evil);
    expect(markdown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    for (const part of [
      '[link]',
      '![x]',
      '<img',
      '@user',
      '`code`',
      '$x$',
      '**bold',
      '~~no',
      'http://e',
      'www.e',
      '&amp;',
    ]) {
      expect(markdown).not.toContain(part);
    }
    // Every row of a table has as many cells as its heading.
    let cells = 0;
    for (const line of markdown.split('\n')) {
      const count = line.split('|').length;
      if (line.startsWith('|')) {
        if (cells > 0) expect(count).toBe(cells);
        cells = count;
      } else cells = 0;
    }
  });
});

describe('Markdown', () => {
  const markdown = comparisonMarkdown(
    comparison(
      { cpuid: 40, steady: 1, 'page-fault': 0.7 },
      {
        facts: { native: { cpus: 16 }, vm: { cpus: 4 } },
        also: [
          [series('gap', [1]), series('fio a', runs(9), { metric: 'p99', role: 'tail' })],
          [series('fio a', runs(9), { metric: 'p99', role: 'tail' })],
        ],
      },
    ),
  );

  it('has what is unfair, the counts, the table and what to look at', () => {
    expect(markdown).toMatch(/\| CPUs \| 16 \| 4 \|/);
    expect(markdown).toMatch(/\*\*Native against VM\*\*, 4 metrics: \*\*1 slower in the VM, 1 faster in the VM/);
    expect(markdown).toMatch(
      /^\| 1 \| cpuid, time \| 1\.\d+ µs \| 4\d\.\d µs \| ×4\d\.\d \| ×3\d\.\d to ×4\d\.\d \| 0\.\d+ \| 🔴 slower \| 8 \+ 8 \|$/m,
    );
    expect(markdown).toMatch(/page-fault, time: ×0\.7\d?; look at mitigations/);
  });

  it('folds up the rest, each block closed', () => {
    for (const summary of ['Tails', 'By what the benchmarks exercise', 'undecided', 'on one side only']) {
      expect(markdown).toMatch(new RegExp(`<details><summary>[^<]*${summary}`));
    }
    expect(markdown.match(/<details>/g)!.length).toBe(markdown.match(/<\/details>/g)!.length);
  });
});
