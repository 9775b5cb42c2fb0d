import { describe, expect, test } from 'vitest';
import { referencesTo, unclaimed } from '../../src/findings/claims.js';
import { emulatedDevice } from '../../src/findings/rules/emulated-device.js';
import { evidence, exitRow } from '../support/evidence.js';

const serial = exitRow({
  cause: 'device-port',
  reason: 'io',
  detail: 'port 0x3f8, 1-byte write',
  device: '16550 serial port COM1',
  count: 1000,
  reachedVmm: 1000,
  ledgerNs: { hypervisor: 1e6, vmm: 2e6, blocked: 4e6, wakeup: 8e6 },
});
const other = exitRow({ ...serial, detail: 'port 0x80, 1-byte write', device: 'POST code port' });

describe('unclaimed', () => {
  const [draft] = emulatedDevice.find(evidence({ exits: [serial, other] }), []);

  test('drops what a finding has counted whole, and keeps all else', () => {
    expect(unclaimed([serial, other], [draft])).toEqual([other]);
  });

  test('takes from a row only the accounts that were counted', () => {
    const blocked = { ...draft, accounts: ['blocked'] as const, references: referencesTo([other]) };
    const [rest] = unclaimed([other], [blocked]);
    expect(rest.ledgerNs).toEqual({ ...other.ledgerNs, blocked: 0 });
  });

  test('a claim is one of all vCPUs, and of one machine', () => {
    const [sibling, elsewhere] = [exitRow({ ...serial, vcpu: 1 }), exitRow({ ...serial, machine: 'vm2' })];
    expect(unclaimed([sibling, elsewhere], [draft])).toEqual([elsewhere]);
    expect(referencesTo([serial, sibling])).toEqual(referencesTo([serial]));
  });

  test('what a reference leaves open can be anything', () => {
    const [reference] = referencesTo([serial]);
    const claim = (open: Partial<typeof reference>) =>
      unclaimed([serial, other], [{ ...draft, references: [{ ...reference, ...open }] }]);
    expect(claim({ detail: null })).toEqual([other]);
    expect(claim({ detail: null, device: null })).toEqual([]);
    expect(claim({ vcpu: 0 })).toEqual([other]);
    expect(claim({ vcpu: 1 })).toEqual([serial, other]);
  });

  test('takes a moment for as many rows as there can be', () => {
    const rows = Array.from({ length: 65_536 }, (_, index) => exitRow({ ...serial, detail: `port ${index}` }));
    expect(unclaimed(rows, [{ ...draft, references: referencesTo(rows) }])).toEqual([]);
  });

  test('a finding that counts the same rows again claims its own accounts', () => {
    const blocked = { ...draft, accounts: ['blocked'] as const };
    const vmm = { ...draft, accounts: ['vmm'] as const };
    expect(unclaimed([serial], [blocked, vmm])[0].ledgerNs).toEqual({ ...serial.ledgerNs, blocked: 0, vmm: 0 });
  });
});
