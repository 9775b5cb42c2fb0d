import { describe, expect, it } from 'vitest';
import { IPERF3 } from '../../../src/benchmarks/importers/iperf3.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { imported, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runIperf3 } from './tools.js';

const kindsOf = (text: string): string[] =>
  imported(IPERF3, text).series.map(({ metric, unit, better, role }) => [metric, unit, better, role].join(' | '));

describe('iperf3', () => {
  it('gives one run of what arrived', () => {
    const text = sample('iperf3.json');
    expect(kindsOf(text)).toEqual([
      'throughput | bit/s | higher | primary',
      'cpu utilization | % | lower | secondary',
      'remote cpu utilization | % | lower | secondary',
      'retransmits | packets | lower | secondary',
    ]);
    const file = imported(IPERF3, text);
    // typed from the file; the time is 2026-11-22 07:23:17 UTC
    const startedMs = Date.UTC(2026, 10, 22, 7, 23, 17);
    expect(seriesOf(file, 'throughput').runs).toEqual([{ values: [20_482_014_579.276_314], startedMs }]);
    expect(valuesOf(file, 'cpu utilization')).toEqual([65.434_747_095_882_7]);
    expect(valuesOf(file, 'remote cpu utilization')).toEqual([Number(/"remote_total":\s*([\d.]+)/.exec(text)?.[1])]);
    expect(valuesOf(file, 'retransmits')).toEqual([73]);
    expect(file.series[0].benchmark).toBe('iperf3 TCP (streams=1, block size=131072, target bit/s=0)');
    const facts = { tool: 'iperf 3.12', operatingSystem: 'Linux', kernel: '6.18.44', architecture: 'x86_64' };
    expect(file.facts).toEqual(facts);
    expect(file.issues).toEqual([]);
  });

  it('counts only packets that arrived as throughput of UDP', () => {
    const text = sample('iperf3-udp-loss.json');
    const file = imported(IPERF3, text);
    // 36,992 of 99,530 packets of 60,000 bytes arrived in 1.000218 s
    expect(valuesOf(file, 'throughput')[0] / ((36_992 * 60_000 * 8) / 1.000218)).toBeCloseTo(1, 6);
    expect(valuesOf(file, 'lost packets')[0]).toBeCloseTo((62_538 / 99_530) * 100, 9);
    expect(valuesOf(file, 'jitter')[0]).toBeCloseTo(2529.838_805_677_483, 9);
    expect(kindsOf(text).slice(3)).toEqual(['jitter | ns | lower | secondary', 'lost packets | % | lower | secondary']);
  });

  it('takes lost packets off where only what was sent is told', () => {
    const text = sample('iperf3-udp-loss.json');
    const results = JSON.parse(text);
    delete results.end.sum_received;
    const [older] = valuesOf(imported(IPERF3, JSON.stringify(results)), 'throughput');
    expect(older / valuesOf(imported(IPERF3, text), 'throughput')[0]).toBeCloseTo(1, 3);
  });

  it('tells directions apart', () => {
    const reverse = imported(IPERF3, sample('iperf3-reverse.json'));
    expect(reverse.series[0].benchmark).toContain('streams=2, block size=131072, target bit/s=0, direction=reverse');
    expect(valuesOf(reverse, 'throughput')).toEqual([18_205_085_230.636_31]);
    const both = imported(IPERF3, sample('iperf3-both-ways.json'));
    expect(both.series[0].benchmark).toContain('direction=both');
    expect(valuesOf(both, 'throughput')).toEqual([33_708_245_326.040_127]);
    expect(valuesOf(both, 'reverse throughput')).toEqual([4_694_773_805.632_442]);
  });

  it('refuses a failed run with its error', () => {
    const issue = refusal(IPERF3, sample('iperf3-refused.json'));
    expect(issue).toMatchObject({ code: 'failed-run', severity: 'error' });
    expect(issue.message).toContain('unable to connect to server: Connection refused');
  });

  it('refuses a run without an end', () => {
    const results = JSON.parse(sample('iperf3.json'));
    expect(refusal(IPERF3, JSON.stringify({ ...results, end: {} })).code).toBe('no-results');
    expect(refusal(IPERF3, sample('iperf3.json').slice(0, 2000)).code).toBe('not-json');
  });

  it('recognises its files only', () => {
    expect(['iperf3.json', 'iperf3-refused.json'].every((name) => IPERF3.sniff(sample(name)))).toBe(true);
    expect(['fio.json', 'hyperfine.json'].some((name) => IPERF3.sniff(sample(name)))).toBe(false);
  });

  it.each(['iperf3.json', 'iperf3-udp-loss.json'])('survives damage (%s)', (name) => {
    expectToSurviveDamage(IPERF3, sample(name));
  });

  it.each([
    ['TCP', []],
    ['UDP', ['-u', '-b', '20M']],
  ] as const)('agrees with the other end in a run of today: %s', async (protocol, args) => {
    const { client, server } = await runIperf3(['-t', '1', ...args]);
    expect(IPERF3.sniff(client)).toBe(true);
    const file = imported(IPERF3, client);
    expectSoundFile(file);
    expect(file.series[0].benchmark).toMatch(new RegExp(`^iperf3 ${protocol} \\(streams=1, `));
    // What the server received, found by its bytes and its own clock.
    const received = /"sum_received":\s*\{[^}]*"seconds":\s*([\d.]+),\s*"bytes":\s*(\d+)/.exec(server);
    const bitsPerSecond = (Number(received?.[2]) * 8) / Number(received?.[1]);
    expect(valuesOf(file, 'throughput')[0] / bitsPerSecond).toBeCloseTo(1, 1);
  });
});
