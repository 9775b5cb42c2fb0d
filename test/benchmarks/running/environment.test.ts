/** The script that asks a side what it is, in the shells that there are, against what Node and other tools say. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as os from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOCK_SCRIPT, parseClock } from '../../../src/benchmarks/running/clock-check.js';
import { inputFault } from '../../../src/benchmarks/running/console-protocol.js';
import { ENVIRONMENT_SCRIPT, parseEnvironment } from '../../../src/benchmarks/running/environment.js';

const answer = (shell: readonly string[], script: string): string =>
  spawnSync(shell[0], [...shell.slice(1), '-c', script], { encoding: 'utf8' }).stdout;

describe.each([[['dash']], [['bash']], [['bash', '--posix']]])('%j', (shell) => {
  test('says what this host is', () => {
    const { facts, boot } = parseEnvironment(answer(shell, ENVIRONMENT_SCRIPT))!;
    expect(facts.cpus).toBe(os.availableParallelism());
    expect(facts.memoryBytes).toBe(os.totalmem());
    expect(facts.kernel).toBe(os.release());
    expect(facts.architecture).toBe(execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim());
    expect(facts.cpuModel).toBe(os.cpus()[0].model);
    expect(facts.virtualization).toBe(
      spawnSync('systemd-detect-virt', ['--vm'], { encoding: 'utf8' }).stdout?.trim() || facts.virtualization,
    );
    expect(facts.clocksource).toBe(
      readFileSync('/sys/devices/system/clocksource/clocksource0/current_clocksource', 'utf8').trim(),
    );
    const vulnerabilities = answer(['sh'], 'grep -L "^Not affected" /sys/devices/system/cpu/vulnerabilities/*');
    const needed = vulnerabilities.trim().split('\n').filter(Boolean);
    for (const path of needed) expect(facts.mitigations).toContain(path.slice(path.lastIndexOf('/') + 1));
    expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  });

  test('says what time it is', () => {
    const before = os.uptime();
    const { clockNs, resolutionNs } = parseClock(answer(shell, CLOCK_SCRIPT))!;
    expect(clockNs + resolutionNs).toBeGreaterThanOrEqual(Math.floor(before * 100) * 1e7);
    expect(clockNs).toBeLessThanOrEqual(os.uptime() * 1e9 + resolutionNs);
  });
});

test('the scripts can be typed into a console', () => {
  for (const script of [ENVIRONMENT_SCRIPT, CLOCK_SCRIPT]) expect(inputFault(['sh', '-c', script])).toBeUndefined();
});

describe('any answer is borne', () => {
  test('none, or another one', () => {
    expect(parseEnvironment('')).toBeUndefined();
    expect(parseEnvironment('Permission denied\nkernel=6.1\n')).toBeUndefined();
    expect(parseEnvironment('vmtoll environment\n')).toEqual({ facts: {} });
  });

  test('a login message before, carriage returns, doubled and endless lines', () => {
    const text = `Welcome!\nkernel=no\r\nvmtoll environment\r\nkernel=6.1\r\nkernel=6.2\r\ncpus=x\r\nboot=${'b'.repeat(9999)}\r\n`;
    const { facts, boot } = parseEnvironment(text)!;
    expect(facts).toEqual({ kernel: '6.1' });
    expect(boot).toHaveLength(1000);
  });

  test('anything', () => {
    const keys = fc.constantFrom('kernel', 'cpus', 'memoryKib', 'mitigation.x', 'boot', '__proto__', 'constructor');
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, fc.string())), (lines) => {
        const text = `vmtoll environment\n${lines.map(([key, value]) => `${key}=${value}`).join('\n')}`;
        const { facts } = parseEnvironment(text)!;
        for (const value of Object.values(facts)) expect(['string', 'number']).toContain(typeof value);
        expect(Number.isNaN(facts.cpus)).toBe(false);
      }),
    );
  });
});
