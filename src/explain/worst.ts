/** The worst episodes of all vCPUs, with the time at which they can be found in other tools. */
import { ACCOUNTS, GUEST_DELAY, sumOf } from '../ledger/accounts.js';
import { CAUSES } from '../recording/causes.js';
import type { Recording } from '../recording/recording.js';
import type { ThreadNamer } from './culprits.js';
import { detailText, type Naming, outsideGuest, reasonName } from './exits.js';
import type { WorstEpisode } from './explanation.js';
import type { GuestFunctions } from './functions.js';
import type { MachineGroup } from './machines.js';

const KEPT = 32;

export function worstEpisodes(
  machines: readonly MachineGroup[],
  naming: Naming,
  recording: Recording,
  nameOf: GuestFunctions['nameOf'],
  describe: ThreadNamer,
): WorstEpisode[] {
  return worstOfAll(machines).map(({ machine, id, episode }): WorstEpisode => {
    const { detailClass, detailValue, ledgerNs, addressHigh, addressLow } = episode;
    return {
      machine: machine.id,
      vcpu: id,
      atNs: episode.exitNs - recording.totals.firstNs,
      clockTime: clockTime(recording.originNs, episode.exitNs),
      durationNs: episode.entryNs - episode.exitNs,
      guestDelayNs: sumOf(ledgerNs, GUEST_DELAY),
      cause: CAUSES[episode.cause],
      reason: reasonName(episode.reason, naming.reasons),
      detail: detailText(detailClass, detailValue, naming.details),
      device: naming.deviceName(machine.id, detailClass, detailValue) ?? null,
      pcpu: episode.pcpu,
      guestAddress: hexadecimal(addressHigh, addressLow),
      guestFunction: nameOf(machine.id, addressHigh, addressLow)?.name ?? null,
      ledgerNs: outsideGuest(ledgerNs),
      culprits: episode.culprits.map(({ account, thread, ns, count }) => ({
        account: ACCOUNTS[account],
        ...describe(thread, machine),
        ns,
        count,
      })),
    };
  });
}

/** Chosen before anything is made of them: there can be thousands of vCPUs with some each. */
const worstOfAll = (machines: readonly MachineGroup[]) =>
  machines
    .flatMap((machine) =>
      machine.members.flatMap(({ id, ledger }) => ledger.books.worst.list.map((episode) => ({ machine, id, episode }))),
    )
    .sort((a, b) => b.episode.delayNs - a.episode.delayNs)
    .slice(0, KEPT);

/** Seconds with nine decimals on the recorder's clock. */
export function clockTime(originNs: bigint, sinceOriginNs: number): string {
  const digits = (originNs + BigInt(sinceOriginNs)).toString().padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function hexadecimal(high: number, low: number): string | null {
  if (Number.isNaN(low) || Number.isNaN(high)) return null;
  return `0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;
}
