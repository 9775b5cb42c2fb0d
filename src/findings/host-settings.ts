/** What facts of the host say of settings that rules ask for; nothing where no facts were given. */
import { counted } from '../base/quantities.js';
import type { Evidence } from './evidence.js';
import type { Knob } from './finding.js';

/** As the kernel prints it below /sys/module; undefined: not known. */
export const moduleParameter = ({ host }: Pick<Evidence, 'host'>, module: string, name: string): string | undefined =>
  host?.moduleParameters.find((one) => one.module === module && one.name === name)?.value;

/** Why exits of all kinds would be slow on this host, one phrase each. Untrusted text in parts. */
export function slowdowns(evidence: Pick<Evidence, 'host'>): string[] {
  const { host } = evidence;
  if (host === null) return [];
  const reasons: string[] = [];
  if (host.isGuest === true) reasons.push('the host is itself a virtual machine');
  const limited = host.pcpus.filter(
    ({ maxHz, highestHz }) => maxHz !== null && highestHz !== null && maxHz < highestHz,
  );
  if (limited.length > 0) reasons.push(`${counted(limited.length, 'pCPU')} may not run at full frequency`);
  const saving = host.pcpus.find(({ governor }) => governor === 'powersave' || governor === 'conservative');
  if (saving !== undefined) reasons.push(`the frequency governor is ${saving.governor}`);
  if (moduleParameter(evidence, 'kvm_intel', 'vmentry_l1d_flush') === 'always')
    reasons.push('the L1 data cache is flushed at every entry (vmentry_l1d_flush=always)');
  const ibrs = host.mitigations.find(({ name, value }) => /spectre_v2|retbleed/.test(name) && /\bIBRS\b/.test(value));
  if (ibrs !== undefined) reasons.push(`speculation is restricted at each exit (${ibrs.name}: ${ibrs.value})`);
  return reasons;
}

/** Linux has the driver that polls in the guest for x86 alone. */
const OF_X86 = /\bkvm_amd\b|\bAVIC\b|\bkvm_intel\b|\bAPICv\b|\bcpuidle_haltpoll\b/;
/** What knobs for the CPUs of another maker name, by the vocabulary of exit reasons. */
const OTHER_MAKERS: Readonly<Record<string, RegExp>> = {
  vmx: /\bkvm_amd\b|\bAVIC\b/,
  svm: /\bkvm_intel\b|\bAPICv\b|\bapicv=/,
  arm64: OF_X86,
  riscv: OF_X86,
};

/** Without those that are for CPUs of another maker, where the reasons of exits tell who made this one. */
export function ofThisMaker({ reasons }: Pick<Evidence, 'reasons'>, knobs: readonly Knob[]): readonly Knob[] {
  const others = reasons.flatMap(({ vocabulary }) => OTHER_MAKERS[vocabulary] ?? []);
  return knobs.filter(({ text, does }) => !others.some((pattern) => pattern.test(`${text} ${does}`)));
}
