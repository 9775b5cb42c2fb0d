/**
 * Registers of the local APIC by their offset in its page; MSR 0x800 + offset / 16 in x2APIC mode.
 *
 * Sources: Intel SDM volume 3, chapter 10; AMD APM volume 2, chapter 16. Names: the kernel's
 * (`arch/x86/include/asm/apicdef.h`) without APIC_.
 */

/** Where the page of the local APIC lies unless the guest moves it (it does not). */
export const APIC_BASE = 0xfee00000;
export const APIC_PAGE_SIZE = 0x1000;

export const APIC_REGISTERS: Readonly<Record<number, string>> = {
  32: 'ID',
  48: 'LVR',
  128: 'TASKPRI',
  144: 'ARBPRI',
  160: 'PROCPRI',
  176: 'EOI',
  192: 'RRR',
  208: 'LDR',
  224: 'DFR',
  240: 'SPIV',
  256: 'ISR',
  384: 'TMR',
  512: 'IRR',
  640: 'ESR',
  768: 'ICR',
  784: 'ICR2',
  800: 'LVTT',
  816: 'LVTTHMR',
  832: 'LVTPC',
  848: 'LVT0',
  864: 'LVT1',
  880: 'LVTERR',
  896: 'TMICT',
  912: 'TMCCT',
  992: 'TDCR',
  1008: 'SELF_IPI',
  1024: 'EFEAT',
  1040: 'ECTRL',
};

/** LVT timer, initial count, current count, divide configuration. */
const TIMER_REGISTERS = [0x320, 0x380, 0x390, 0x3e0];

/** Whether a register of the APIC belongs to its timer; all others are about interrupts. */
export const isApicTimer = (offset: number): boolean => TIMER_REGISTERS.includes(offset);

/** ISR, TMR and IRR are 256 bits each: eight registers with one name. */
export function apicRegisterName(offset: number): string {
  const name = APIC_REGISTERS[offset];
  if (name !== undefined) return name;
  if (offset > 0x100 && offset < 0x280) {
    const first = offset & 0x380;
    return APIC_REGISTERS[first] ?? `register 0x${offset.toString(16)}`;
  }
  return `register 0x${offset.toString(16)}`;
}
