/** docs/configurations.md: commands print what it shows, tables and lists are complete. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { BLOB_TYPES, TOP_OPTIONS } from '../../src/platform/configurations/qvm/option-table.js';
import { VDEV_TYPES } from '../../src/platform/configurations/qvm/vdev-types.js';
import { shell } from '../support/cli.js';
import { fixtureConfiguration } from '../support/configurations.js';
import { readMarkdown, table } from '../support/markdown.js';

const text = readFileSync('docs/configurations.md', 'utf8');
const document = readMarkdown('docs/configurations.md');

describe('commands', () => {
  const blocks = [...text.matchAll(/^```console\n\$ ([^\n]*)\n(.*?)^```$/gms)].map(([, command, output]) => ({
    command,
    output,
  }));
  it('are there', () => expect(blocks.length).toBeGreaterThanOrEqual(3));
  it.each(blocks)('$command', ({ command, output }) => {
    const { stdout, stderr } = shell(command.replace(/^(COLUMNS=\d+ )?vmtoll/, '$1$$VMTOLL'));
    expect(stdout + stderr).toBe(output);
  });
});

test('the table of devices is that of the program', () => {
  const rows = VDEV_TYPES.map(({ type, description, kind, space, length, source }) => {
    const unit = space === 'port' ? 'ports' : 'bytes';
    const window = length === null ? 'unknown' : `${length.toLocaleString('en-US')} ${unit}`;
    return [`\`${type}\``, description ?? '', kind, window, source ?? ''];
  });
  const heading = ['device', 'what it is', 'kind', 'window', 'where the length is from'];
  expect(document).toContain(table(heading, rows));
});

test('all options are named', () => {
  const prose = document.replaceAll(/^```.*?^```$/gms, '');
  const named = new Set([...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code));
  for (const option of [...TOP_OPTIONS.keys(), ...BLOB_TYPES]) expect(named, option).toContain(option);
});

test('all keys of the JSON are named', () => {
  const [, keys] = /^## JSON\n(.*)/ms.exec(document)!;
  const named = new Set([...keys.matchAll(/`(\w+)`/g)].map(([, code]) => code));
  const machine = fixtureConfiguration('every-option.qvmconf');
  const broken = fixtureConfiguration('broken.qvmconf');
  const objects = [
    machine,
    ...machine.vcpus,
    machine.vcpus[1].scheduling!,
    ...machine.memory,
    ...machine.devices,
    ...machine.devices.flatMap(({ windows, interrupts, options }) => [...windows, ...interrupts, ...options]),
    ...machine.variables,
    machine.vcpus[0].place!,
    ...broken.issues,
  ];
  const used = new Set(objects.flatMap((object) => Object.keys(object)));
  expect([...used].filter((key) => !named.has(key) && key !== 'id')).toEqual([]);
});
