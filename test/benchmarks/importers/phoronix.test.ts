import { describe, expect, it } from 'vitest';
import { PHORONIX_JSON } from '../../../src/benchmarks/importers/phoronix-json.js';
import { PHORONIX_XML } from '../../../src/benchmarks/importers/phoronix-xml.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';

const FIO = 'pts/fio-2.1.0 randread libaio 1 4k 1 (Type: Random Read - Engine: Linux AIO - Block Size: 4KB)';

describe('Phoronix Test Suite XML', () => {
  it('takes each sample of a test as a run', () => {
    const file = imported(PHORONIX_XML, sample('phoronix-stream.xml'));
    expect(
      file.series.map(({ benchmark, metric, unit, better, role }) => [benchmark, metric, unit, better, role]),
    ).toEqual(
      ['Copy', 'Scale', 'Add', 'Triad'].map((type) => [
        `pts/stream-1.3.4 ${type} (Type: ${type})`,
        'throughput',
        'B/s',
        'higher',
        'primary',
      ]),
    );
    // typed from the file, in MB/s
    expect(seriesOf(file, 'throughput', 'pts/stream-1.3.4 Add (Type: Add)').runs).toEqual([
      { values: [34_100.6e6] },
      { values: [33_900.4e6] },
    ]);
    expect(file.issues).toEqual([]);
  });

  it('knows the system', () => {
    expect(imported(PHORONIX_XML, sample('phoronix-stream.xml')).facts).toEqual({
      cpus: 4,
      cpuModel: 'Example 9000',
      memoryBytes: 8 * 1024 ** 3,
      kernel: '6.1.0',
      architecture: 'x86_64',
      operatingSystem: 'Ubuntu 24.04',
      compiler: 'GCC 13.3.0',
      filesystem: 'ext4',
      virtualization: 'KVM',
      mitigations: 'meltdown: Not affected + spectre_v1: Mitigation of usercopy/swapgs barriers + srbds: Not affected',
      tool: 'Phoronix Test Suite v10.8.4',
    });
  });

  it('reads what the suite wrote of tests of our own', () => {
    const file = imported(PHORONIX_XML, sample('phoronix-run.xml'));
    // typed from what it printed while it ran
    const samples = {
      'Spin 1000000': [0.1772, 0.1717, 0.1965, 0.4536],
      'Rate 300000': [4157.4, 10_385.5, 2990.9, 6059.1],
    };
    const spin = seriesOf(file, 'time', 'local/spin-1.0.0 1000000 (Count: 1 million)');
    expect(spin).toMatchObject({ unit: 'ns', better: 'lower', role: 'primary' });
    expect(spin.runs.map(({ values }) => values[0] / 1e9)).toEqual(
      samples['Spin 1000000'].map((seconds) => expect.closeTo(seconds, 9) as number),
    );
    const rate = file.series.find(({ benchmark }) => benchmark === 'local/rate-1.0.0 300000 (Count: 300 thousand)');
    expect(rate).toMatchObject({ unit: 'Kilocounts Per Second', better: 'higher' });
    expect(rate?.runs.map(({ values }) => values[0])).toEqual(samples['Rate 300000']);
    expect(file.series).toHaveLength(4);
    expect(file.facts).toMatchObject({
      cpus: 2,
      kernel: '6.18.44',
      virtualization: 'docker',
      memoryBytes: 24 * 2 ** 30,
    });
    expect(file.issues).toEqual([]);
    const json = imported(PHORONIX_JSON, sample('phoronix-run.json'));
    expect({ ...json, format: '' }).toEqual({ ...file, format: '' });
  });

  it('tells results apart by arguments, description and scale', () => {
    const file = imported(PHORONIX_XML, sample('phoronix-mixed.xml'));
    expect(valuesOf(file, 'throughput', FIO)).toEqual([357e6]);
    expect(valuesOf(file, 'IOPS', FIO)).toEqual([91_400]);
    const zstd = (speed: string) => `pts/compress-zstd-1.6.0 -b3 (Compression Level: 3 - ${speed} Speed)`;
    expect(valuesOf(file, 'throughput', zstd('Compression'))).toEqual([1200e6, 1201e6]);
    expect(valuesOf(file, 'throughput', zstd('Decompression'))).toEqual([2000e6, 2001e6]);
    const build = seriesOf(file, 'time', 'pts/build-linux-kernel-1.16.0 defconfig (Build: defconfig)');
    expect(build).toMatchObject({
      unit: 'ns',
      better: 'lower',
      runs: [{ values: [61.1e9] }, { values: [61.2e9] }, { values: [61.3e9] }],
    });
  });

  it('says which results it leaves out', () => {
    const { issues, series } = imported(PHORONIX_XML, sample('phoronix-mixed.xml'));
    expect(series).toHaveLength(5);
    expect(issues.map(({ code }) => code)).toEqual(['failed-test', 'unknown-direction', 'not-a-result']);
    expect(issues[0].message).toContain('pts/fio-2.1.0 randwrite');
    expect(issues[1].message).toContain('pts/oddity-1.0.0 in Points');
    expect(issues[2].message).toContain('System Monitoring');
  });

  it('refuses several systems in one file by their names', () => {
    const issue = refusal(PHORONIX_XML, sample('phoronix-two-systems.xml'));
    expect(issue).toMatchObject({ code: 'several-systems', severity: 'error' });
    expect(issue.message).toContain('ci, bare metal');
  });

  it('uses the results before a damage', () => {
    const text = sample('phoronix-stream.xml');
    const cut = text.slice(0, text.indexOf('Triad'));
    const file = imported(PHORONIX_XML, cut);
    expect(file.series).toHaveLength(3);
    expect(file.issues).toEqual([
      expect.objectContaining({ code: 'damaged-xml', severity: 'warning', offset: cut.length }),
    ]);
    // A wrong end tag in the second result: nothing after it is trusted.
    const mangled = imported(PHORONIX_XML, text.replace('30200.7</Value>', '30200.7</Volume>'));
    expect(mangled.series).toHaveLength(1);
    expect(codesOf(mangled)).toEqual(['damaged-xml']);
  });

  it('expands no entities and nests no elements without end', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;">]>`;
    const text = sample('phoronix-stream.xml').replace('<PhoronixTestSuite>', `${bomb}<PhoronixTestSuite>`);
    const file = imported(PHORONIX_XML, text.replace('<Arguments>Add<', '<Arguments>&b;<'));
    expect(file.series).toHaveLength(2);
    expect(codesOf(file)).toEqual(['damaged-xml']);
    const deep = `<PhoronixTestSuite><Generated></Generated>${'<a>'.repeat(1_000_000)}`;
    expect(refusal(PHORONIX_XML, deep).message).toContain('nested too deeply');
  });

  it('looks for numbers in the first words of a processor only', () => {
    const text = sample('phoronix-stream.xml').replace('Processor: ', `Processor: ${'1'.repeat(1_000_000)}`);
    expect(imported(PHORONIX_XML, text).facts.cpuModel).toHaveLength(1000);
  });

  it.each(['phoronix-stream.xml', 'phoronix-mixed.xml'])('survives damage of %s', (name) =>
    expectToSurviveDamage(PHORONIX_XML, sample(name)),
  );
});

describe('Phoronix Test Suite JSON', () => {
  it('says the same as the XML of the same results', () => {
    const json = imported(PHORONIX_JSON, sample('phoronix.json'));
    const xml = imported(PHORONIX_XML, sample('phoronix-stream.xml'));
    expect(json.series[0]).toEqual(xml.series[0]);
    expect(json.facts.tool).toBe(xml.facts.tool);
    expect(seriesOf(json, 'time')).toMatchObject({
      better: 'lower',
      runs: [{ values: [61.1e9] }, { values: [61.3e9] }],
    });
    expect(json.issues).toEqual([]);
  });

  it('counts threads, not cores, and multiplies modules of memory', () => {
    expect(imported(PHORONIX_JSON, sample('phoronix.json')).facts).toMatchObject({
      cpus: 16,
      cpuModel: 'Intel Xeon Platinum 8490H',
      cpuMhz: 3500,
      memoryBytes: 32 * 1024 ** 3,
      governor: 'intel_pstate performance',
      mitigations: 'meltdown: Not affected',
    });
  });

  it('refuses several systems, and takes a mean where there are no samples', () => {
    const text = sample('phoronix.json');
    const two = refusal(PHORONIX_JSON, text.replace(/"ci": \{\n\s+"value": 61/, '"vm": {\n"value": 61'));
    expect(two.message).toContain('ci, vm');
    const [, kernel] = imported(PHORONIX_JSON, text.replace(/,\s+"raw_values": \[\s+61[^\]]*\]/, '')).series;
    expect(kernel.runs).toEqual([{ values: [61.2e9] }]);
  });

  it('survives damage', () => expectToSurviveDamage(PHORONIX_JSON, sample('phoronix.json')));
});
