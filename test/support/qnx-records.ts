/** Reads a QNX trace, in either form, into plain rows. */
import { MemorySource } from '../../src/base/byte-source.js';
import type { Format } from '../../src/formats/format.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { traceprinter } from '../../src/formats/traceprinter/index.js';
import { QNX_CATALOG } from '../../src/hypervisors/qnx/trace-events.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { type Records, readRecords } from './read-records.js';

const OPTIONS = { catalog: QNX_CATALOG, codecs: nodeCodecs };

export const readQnx = (format: Format, bytes: Uint8Array): Promise<Records> =>
  readRecords(format, new MemorySource(bytes, 'trace'), OPTIONS);
export const readKev = (bytes: Uint8Array): Promise<Records> => readQnx(qnxKev, bytes);
export const readPrinted = (text: string): Promise<Records> => readQnx(traceprinter, new TextEncoder().encode(text));

export const codes = ({ recording }: Records): string[] => recording.issues.list().map(({ code }) => code);
/** When guests are entered, and at which address: that tells the events apart. */
export const enters = ({ rows }: Records) =>
  rows.filter(({ event }) => event === 'GUEST_ENTER').map(({ time, fields }) => [time, Number(fields['guest_ip'])]);
