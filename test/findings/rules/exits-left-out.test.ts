import { describe, expect, test } from 'vitest';
import { exitsLeftOut as rule } from '../../../src/findings/rules/exits-left-out.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { explanationOfHost, guestDoing, hostWith, machineOf, vcpuOn } from '../../support/qnx-plans.js';

const host = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ halt: 1 }, 500_000))])]);
const advised = (...variables: readonly string[]) => advisedBy(variables.map((name) => `${name} on`));
const advisedBy = async (settings: readonly string[]) => {
  const text = ['system one', 'cpu', ...settings.map((setting) => `set ${setting}`), ''].join('\n');
  return findingOf((await explanationOfHost(host, [text])).findings, rule.id)?.knobs.map((knob) => knob.text);
};

describe('exits-left-out', () => {
  test('asks for what is not on, and promises no gain', async () => {
    const { findings, quality } = await explanationOfHost(host);
    const found = findingOf(findings, rule.id)!;
    expect(found.knobs.map(({ text }) => text)).toEqual(['set trace-vtimer on', 'set trace-wfe on']);
    expect(found.evidence).toBe(quality.issues.find(({ code }) => code === 'exits-left-out')?.message);
    expect(found.gain.likelyNs).toBe(0);
  });

  test('what it advises ends it', async () => {
    expect(await advised('trace-vtimer')).toEqual(['set trace-wfe on']);
    expect(await advised('trace-wfe')).toEqual(['set trace-vtimer on']);
    expect(await advised('trace-vtimer', 'trace-wfe')).toBeUndefined();
  });

  test('on is written in several ways, and the last one counts', async () => {
    expect(await advisedBy(['trace-vtimer yes', 'trace-wfe TRUE'])).toBeUndefined();
    expect(await advisedBy(['trace-vtimer 1', 'trace-wfe on', 'trace-wfe off'])).toEqual(['set trace-wfe on']);
    expect(await advisedBy(['trace-vtimer perhaps', 'trace-wfe y'])).toEqual(['set trace-vtimer on']);
  });

  known('e-timer', 'trace.dat', 'is silent about KVM', (_explanation, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
