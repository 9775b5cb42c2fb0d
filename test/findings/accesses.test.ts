import { describe, expect, test } from 'vitest';
import { accessOf } from '../../src/findings/accesses.js';
import { explanationOf, realRecordings } from '../support/explained.js';

describe('accessOf', () => {
  test.each([
    ['device-port', 'port 0x3f8, 1-byte write', { space: 'port', address: 0x3f8, size: 1, write: true }],
    [
      'device-mmio',
      'address 0x1c090018, 4-byte read of X3 (inferred)',
      { space: 'mmio', address: 0x1c090018, size: 4, write: false },
    ],
    ['device-port', 'port 0x60, write, string', { space: 'port', address: 0x60, size: null, write: true }],
    ['page-fault', 'memory write fault, page not mapped', undefined],
    ['device-port', null, undefined],
    ['device-port', 'all further details', undefined],
  ] as const)('%s: %s', (cause, detail, access) => {
    expect(accessOf({ cause, detail })).toEqual(access);
  });

  test.each(realRecordings(['trace.dat']))(
    '$name: every named device was accessed at an address',
    async ({ scenario, file }) => {
      const { exits } = await explanationOf(scenario, file);
      const rows = exits.filter(({ cause, device }) => cause.startsWith('device-') && device !== null);
      for (const row of rows) expect(accessOf(row), row.detail ?? '').toBeDefined();
    },
  );
});
