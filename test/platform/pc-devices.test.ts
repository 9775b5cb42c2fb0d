import { expect, it } from 'vitest';
import { deviceAt, PC_DEVICES } from '../../src/platform/pc-devices.js';

it.each([
  ['port', 0x3f8, '16550 serial port COM1'],
  ['port', 0x3ff, '16550 serial port COM1'],
  ['port', 0x1f0, 'IDE disk controller, first channel'],
  ['port', 0x40, '8254 timer (PIT)'],
  ['port', 0x608, 'ACPI power management timer'],
  ['port', 0xcfc, 'PCI configuration data'],
  ['port', 0x511, 'firmware configuration (fw_cfg)'],
  ['mmio', 0xfee000b0, 'local APIC'],
  ['mmio', 0xfec00010, 'I/O APIC'],
  ['mmio', 0xfed000f0, 'HPET timer'],
  ['mmio', 0xb8000, 'VGA display memory'],
] as const)('%s 0x%s is %s', (space, address, name) => {
  expect(deviceAt({ space, address })?.name).toBe(name);
});

it.each([
  ['port', 0xc000],
  ['mmio', 0x3f8],
  ['mmio', 0xfebf1000],
  ['msr', 0x60],
] as const)('%s 0x%s belongs to no fixed device', (space, address) => {
  expect(deviceAt({ space, address })).toBeUndefined();
});

it('says what makes it sure', () => {
  expect(deviceAt({ space: 'port', address: 0x60 })?.evidence).toBe('PC convention');
  expect(deviceAt({ space: 'port', address: 0x402 })?.evidence).toBe('QEMU convention');
});

it('no two devices share an address', () => {
  for (const space of ['port', 'mmio']) {
    const rows = PC_DEVICES.filter((row) => row.space === space).toSorted((a, b) => a.first - b.first);
    rows.forEach((row, position) => {
      expect(row.last).toBeGreaterThanOrEqual(row.first);
      if (position > 0) expect([row.name, row.first > rows[position - 1].last]).toEqual([row.name, true]);
    });
  }
});
