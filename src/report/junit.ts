/** A checked budget as JUnit XML, which CI systems show: one test case a limit. */
import type { Check, CheckedLimit } from '../budgets/check.js';
import { formatAmount, formatAmounts } from './limit-amounts.js';
import { printableMessage } from './untrusted.js';

export function junitXml(check: Check): string {
  const { counts, limits, allowsUnjudged } = check;
  const errors = allowsUnjudged ? 0 : counts.unjudged;
  const numbers = `tests="${limits.length}" failures="${counts.broken}" errors="${errors}" skipped="${counts.unjudged - errors}"`;
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="vmtoll check" ${numbers}>`,
    `  <testsuite name="${escaped(check.budget)}" ${numbers} time="0">`,
    ...limits.flatMap((limit) => testCase(limit, check)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}

function testCase(limit: CheckedLimit, { budget, recordings, allowsUnjudged }: Check): string[] {
  const machine = limit.machine ?? 'all machines';
  const name = `name="${escaped(`line ${limit.line}: ${limit.name}`)}"`;
  const head = `    <testcase ${name} classname="${escaped(`${recordings.join(' + ')}: ${machine}`)}" file="${escaped(budget)}" line="${limit.line}" time="0"`;
  if (limit.verdict === 'ok') return [`${head}/>`];
  const outcome = limit.verdict === 'broken' ? 'failure' : allowsUnjudged ? 'skipped' : 'error';
  const type = outcome === 'skipped' ? '' : ` type="${limit.verdict}"`;
  return [`${head}>`, `      <${outcome}${type} message="${escaped(messageOf(limit))}"/>`, '    </testcase>'];
}

function messageOf({ verdict, measured, limit, unit, sense, note, remedy }: CheckedLimit): string {
  if (verdict === 'unjudged') {
    const why = `cannot be judged (at ${sense} ${formatAmount(limit, unit)}): ${note ?? ''}`;
    return remedy === null ? why : `${why}. ${remedy}`;
  }
  const [amount, allowed] =
    measured === null ? ['nothing', formatAmount(limit, unit)] : formatAmounts(measured, limit, unit);
  const demand = `at ${sense} ${allowed} is ${sense === 'most' ? 'allowed' : 'required'}`;
  return `${amount}, but ${demand}${note === null ? '' : `; ${note}`}`;
}

/** For an attribute; what XML 1.0 cannot hold is made visible. */
const escaped = (text: string): string =>
  printableMessage(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD');
