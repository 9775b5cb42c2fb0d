/** Interrupts of devices: `controller:line[,flag][=host]`, several with commas between them. */
import type { DeviceInterrupt } from '../machine-configuration.js';
import { numberOf } from './numbers.js';
import type { Word } from './words.js';

/** "u": unmasked at once (8.0); "t": served by a thread (7.1). */
const FLAGS = ['u', 't'];

/** undefined where the text is no list of interrupts. */
export function interruptsOf({ text, place }: Word): DeviceInterrupt[] | undefined {
  const [guest, host, ...more] = text.split('=');
  const hostLine = host === undefined ? null : numberOf(host);
  if (hostLine === undefined || more.length > 0) return undefined;
  const parts = guest.split(',');
  const flags = parts.filter((part) => FLAGS.includes(part));
  const interrupts = parts.filter((part) => !FLAGS.includes(part)).map(inputOf);
  // One input of the host cannot be two of the guest.
  if (interrupts.length === 0 || (hostLine !== null && interrupts.length > 1)) return undefined;
  const known = interrupts.filter((input) => input !== undefined);
  if (known.length < interrupts.length) return undefined;
  return known.map((input) => ({ ...input, host: hostLine, flags, place }));
}

/** "gic:37"; a controller that takes interrupts without a choice of input has no number, as the local APIC. */
function inputOf(text: string): Pick<DeviceInterrupt, 'controller' | 'line'> | undefined {
  const colon = text.lastIndexOf(':');
  if (colon === -1) return text === '' || numberOf(text) !== undefined ? undefined : { controller: text, line: null };
  const controller = text.slice(0, colon);
  const line = numberOf(text.slice(colon + 1));
  return controller === '' || line === undefined ? undefined : { controller, line };
}
